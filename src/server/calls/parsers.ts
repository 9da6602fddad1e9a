import { parseEmbed } from "../embed/parse-embed.ts";
import { parseInfer } from "../kserve/parse-infer.ts";
import { parseServing } from "../library/adapters/parse-serving.ts";
import { parseTraining } from "../library/adapters/parse-training.ts";
import { parseEvaluation } from "../library/parse-evaluation.ts";
import { parseExams } from "../library/parse-exams.ts";
import { parseListing } from "../library/parse-listing.ts";
import { parseMap } from "../library/parse-map.ts";
import { parseNothing } from "../library/parse-nothing.ts";
import { parseOutliers } from "../library/parse-outliers.ts";
import { parsePicture } from "../library/parse-picture.ts";
import { parseRecords } from "../library/parse-records.ts";
import { parseRelabel } from "../library/parse-relabel.ts";
import { parseRemoval } from "../library/parse-removal.ts";
import { parseSearch } from "../library/parse-search.ts";
import { parseEmbeddings } from "../openai/parse-embeddings.ts";
import { parseScore } from "../score/parse-score.ts";
import type { ParsedCall } from "./parsed-call.ts";

export interface ParseOptions {
  readonly maxRows: number;
  /** The request's header Content-Type. */
  readonly contentType: string;
  /** The header Inference-Header-Content-Length: how many bytes of the body are JSON; others follow. */
  readonly jsonLength?: string | undefined;
  /** Of the address, behind its question mark. */
  readonly query?: string | undefined;
}

/**
 * Reads the body of a call.
 * @throws MedembedError "invalid-request" for what makes the whole call senseless
 */
export type Parser<Asked> = (body: Uint8Array, options: ParseOptions) => ParsedCall<Asked>;

/** By name, so that a thread can be told which one to use. */
export const PARSERS = {
  score: parseScore,
  embeddings: parseEmbeddings,
  infer: parseInfer,
  embed: parseEmbed,
  records: parseRecords,
  search: parseSearch,
  outliers: parseOutliers,
  exams: parseExams,
  evaluation: parseEvaluation,
  removal: parseRemoval,
  listing: parseListing,
  picture: parsePicture,
  map: parseMap,
  relabel: parseRelabel,
  training: parseTraining,
  serving: parseServing,
  nothing: parseNothing,
} as const satisfies Record<string, Parser<unknown>>;

export type ParserName = keyof typeof PARSERS;
/** What the bodies of a parser ask for beside their rows. */
export type AskedOf<Name extends ParserName> = ReturnType<(typeof PARSERS)[Name]>["asked"];
