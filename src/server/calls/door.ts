import type { IncomingHttpHeaders } from "node:http";
import type { BundleCard } from "../../models/bundle.ts";
import type { Classifier, LabelScore } from "../classifier.ts";
import type { CallOptions } from "./call-options.ts";
import type { EmbeddedRow } from "./embed-rows.ts";
import type { AskedOf, ParserName } from "./parsers.ts";

/** A deployment as an answer may speak of it. */
export interface Answering {
  readonly name: string;
  readonly card: BundleCard;
  /** Of a deployment that names labels instead of giving vectors. */
  readonly classifier: Classifier | undefined;
  /** The form of its answers, unless the call asks for another. */
  readonly responseForm: "list" | "object";
}

/**
 * A wire format: how a call asks and how it is answered. What lies between, key, queue, deadline and engine, is the same for all
 * (`answerCall`).
 */
export interface Door<Name extends ParserName, Options extends CallOptions = CallOptions> {
  /** Reads the body. */
  readonly parser: Name;
  /** Before the body is read. @throws MedembedError "unsupported-media-type", "invalid-request" */
  readonly readOptions: (headers: IncomingHttpHeaders, maxTimeoutMs: number) => Options;
  /** One vector [projection] as the answer holds it, written when it is there: the event loop is never held by a thousand. */
  readonly writeVector: (vector: Float32Array, asked: AskedOf<Name>) => Buffer;
  /** The labels of one image; a format without it has no word for them. */
  readonly writeLabels?: (labels: readonly LabelScore[]) => Buffer;
  readonly writeAnswer: (rows: readonly EmbeddedRow[], context: AnswerContext<Name, Options>) => Answer;
}

interface AnswerContext<Name extends ParserName, Options extends CallOptions> {
  readonly deployment: Answering;
  readonly options: Options;
  readonly asked: AskedOf<Name>;
}

export interface Answer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** JSON, all digits: reading them gives the same float32. @throws Error for a vector that holds no numbers */
export function vectorAsJson(vector: Float32Array): Buffer {
  if (!vector.every(Number.isFinite)) throw new Error("a vector holds a value that is no number");
  return Buffer.from(JSON.stringify(Array.from(vector)), "latin1");
}
