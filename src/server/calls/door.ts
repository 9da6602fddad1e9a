import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { BundleCard } from "../../models/bundle.ts";
import type { Classifier, LabelScore } from "../classifier.ts";
import type { Libraries } from "../library/libraries.ts";
import type { ServedLibrary } from "../library/served-library.ts";
import type { CallOptions } from "./call-options.ts";
import type { EmbeddedRow } from "./embed-rows.ts";
import type { ParsedRow } from "./parsed-call.ts";
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
  /** The body names the model, so that the deployment is known only when it is read; headers and traffic pick none. */
  readonly hasModelInBody?: boolean;
  /** It changes the library that the path names, which not every one allows. */
  readonly writesLibrary?: boolean;
  /** How long a call may take, where that is not what the deployment allows. */
  readonly workMs?: number;
  /** Its images may be NIfTI files, which are embedded as the library embeds volumes. */
  readonly takesVolumes?: boolean;
  /** The answer tells how many tokens the texts have. */
  readonly countsTokens?: boolean;
  /** Before the body is read. @throws MedembedError "unsupported-media-type", "invalid-request" */
  readonly readOptions: (headers: IncomingHttpHeaders) => Options;
  /** Whether the deployment can give what the body asks for. @throws MedembedError "invalid-request" */
  readonly checkAsked?: (asked: AskedOf<Name>, deployment: Answering) => void;
  /** What is done before anything is embedded: rows that need not be are left without content. @throws what it is refused with */
  readonly prepare?: (rows: readonly ParsedRow[], context: PrepareContext<Name>) => Promise<Prepared<Name>>;
  /** One vector [projection] as the answer holds it, written when it is there: the event loop is never held by a thousand. */
  readonly writeVector: (vector: Float32Array, context: VectorContext<Name, Options>) => Buffer;
  /** The labels of one image; a format without it has no word for them. */
  readonly writeLabels?: (labels: readonly LabelScore[]) => Buffer;
  readonly writeAnswer: (
    rows: readonly EmbeddedRow[],
    context: AnswerContext<Name, Options>,
  ) => Answer | Promise<Answer>;
}

/** What doors to libraries work with. */
export interface LibraryContext {
  readonly libraries: Libraries;
  /** The one that the path names. */
  readonly library: ServedLibrary | undefined;
  /** The id that the path names. */
  readonly record: string | undefined;
  readonly signal: AbortSignal;
}

interface PrepareContext<Name extends ParserName> extends LibraryContext {
  readonly asked: AskedOf<Name>;
  /** Of the call, by its id. */
  readonly profile: string;
}

/** Rows, and what is asked for, with what was found out about them. */
interface Prepared<Name extends ParserName> {
  readonly rows: readonly ParsedRow[];
  readonly asked: AskedOf<Name>;
}

interface VectorContext<Name extends ParserName, Options extends CallOptions> {
  /** Of which half of a row the vector is. */
  readonly half: "image" | "text";
  readonly options: Options;
  readonly asked: AskedOf<Name>;
}

interface AnswerContext<Name extends ParserName, Options extends CallOptions> extends LibraryContext {
  readonly deployment: Answering;
  readonly options: Options;
  readonly asked: AskedOf<Name>;
}

export interface Answer {
  readonly headers: Readonly<Record<string, string>>;
  /** A stream is an answer that is still being made: the call lasts until it ends. */
  readonly body: Buffer | Readable;
}
