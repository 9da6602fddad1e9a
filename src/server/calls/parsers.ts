import { parseScore } from "../score/parse-score.ts";
import type { ParsedCall } from "./parsed-call.ts";

export interface ParseOptions {
  readonly maxRows: number;
  /** The request's header Content-Type. */
  readonly contentType: string;
}

/**
 * Reads the body of a call.
 * @throws MedembedError "invalid-request" for what makes the whole call senseless
 */
export type Parser<Asked> = (body: Uint8Array, options: ParseOptions) => ParsedCall<Asked>;

/** By name, so that a thread can be told which one to use. */
export const PARSERS = {
  score: parseScore,
} as const satisfies Record<string, Parser<unknown>>;

export type ParserName = keyof typeof PARSERS;
/** What the bodies of a parser ask for beside their rows. */
export type AskedOf<Name extends ParserName> = ReturnType<(typeof PARSERS)[Name]>["asked"];
