import type { RowFault } from "./row-error.ts";

/** One row of a call: at least one half, or what is wrong with it. */
export interface ParsedRow {
  /** A whole image file, in memory of its own. */
  readonly image?: Uint8Array<ArrayBuffer>;
  /** Instead of its bytes. */
  readonly imageUrl?: string;
  readonly text?: string;
  readonly fault?: RowFault;
}

/** What a call may change in the deployment's profile; what is undefined stays as the deployment has it. */
export interface ImageParams {
  readonly jpegQuality?: number | undefined;
  readonly standardSize?: number | undefined;
}

/** The body of a call, whatever its format. Plain: it may come from another thread. */
export interface ParsedCall<Asked> {
  readonly rows: readonly ParsedRow[];
  readonly imageParams: ImageParams;
  /** The deployment that the body names, or the model in it. */
  readonly model?: string;
  /** What else the body asks for, in the words of its format. */
  readonly asked: Asked;
}
