import Type from "typebox";
import { MedembedError } from "../../errors.ts";
import type { Facts } from "../../facts.ts";
import type { Filter } from "../../library/filter.ts";
import type { EmbeddedRow } from "../calls/embed-rows.ts";
import type { ParsedRow } from "../calls/parsed-call.ts";
import { readRow } from "../calls/read-row.ts";
import { vectorIn } from "../calls/write-vector.ts";
import { type ErrorBody, isRowFault } from "../statuses.ts";
import type { Libraries } from "./libraries.ts";
import { IdSchema } from "./parse-records.ts";
import type { ServedLibrary } from "./served-library.ts";
import { readWhere, someConditions } from "./where.ts";

/** Each stands in the answer. */
export const MAX_SUBJECTS = 1_000;

/** What an application is asked about, as a call says it: pictures that it brings along, or records of the library. */
export const SUBJECT_PROPERTIES = {
  images: Type.Optional(Type.Array(Type.String(), { minItems: 1, description: "base64 of whole files, not stored" })),
  where: Type.Optional(someConditions("conditions of records, instead of images")),
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_SUBJECTS,
      description: "of the records that where names: a page of so many, by their ids; without it more are refused",
    }),
  ),
  after: Type.Optional(Type.Intersect([IdSchema], { description: "`next` of the page before" })),
};

/** Records that an application is asked about. */
interface SubjectRecords {
  readonly where: Filter;
  /** A page of them, by their ids; undefined: all, if they are not too many. */
  readonly page: { readonly count: number; readonly after: string | undefined } | undefined;
}

export interface SubjectsAsked {
  /** Undefined: the rows are the subjects. */
  readonly records: SubjectRecords | undefined;
  /** One a row, in order: what its header tells, once that is read. */
  readonly facts: readonly Facts[];
}

/** A picture that is no record. */
interface SubjectPicture {
  /** [dimensions] */
  readonly vector: Float32Array;
  /** What its header tells. */
  readonly facts: Facts;
}

/** As the applications take them. */
export type Subjects = SubjectRecords | { readonly pictures: readonly SubjectPicture[] };

interface SubjectsGiven {
  readonly images?: readonly string[];
  readonly where?: readonly string[];
  readonly limit?: number;
  readonly after?: string;
}

/** @returns a row for each image @throws MedembedError "invalid-request" for both, neither or too many */
export function parseSubjects(
  { images, where, limit, after }: SubjectsGiven,
  maxRows: number,
): { readonly rows: readonly ParsedRow[]; readonly asked: SubjectsAsked } {
  if ((images === undefined) === (where === undefined)) throw invalid("say what it is about: images, or where");
  const rows = (images ?? []).map(readImage);
  if (rows.length > maxRows) throw invalid(`images has ${rows.length} items; at most ${maxRows} are taken`);
  if ((limit === undefined || !where) && (after ?? limit) !== undefined) {
    throw invalid("limit makes pages of the records that where names, and after goes with it");
  }
  const page = limit === undefined ? undefined : { count: limit, after };
  return { rows, asked: { records: where && { where: readWhere(where), page }, facts: [] } };
}

/** What the headers of the pictures tell. A header that cannot be read tells nothing: embedding the picture says why. */
export function readHeaders(
  rows: readonly ParsedRow[],
  { libraries: { reading }, library }: { readonly libraries: Libraries; readonly library: ServedLibrary },
): Promise<Facts[]> {
  const { key } = library;
  const factsOf = async ({ image }: ParsedRow): Promise<Facts> => {
    if (!image) return {};
    try {
      return await reading.factsOf({ bytes: image, key, frame: 1 });
    } catch (error) {
      if (error instanceof MedembedError && isRowFault(error.code)) return {};
      throw error;
    }
  };
  return Promise.all(rows.map(factsOf));
}

/** Those of a call that could be embedded, or its conditions. */
export function subjectsOf(rows: readonly EmbeddedRow[], { records, facts }: SubjectsAsked): Subjects {
  if (records) return records;
  const pictures = rows.flatMap(({ image }, i): SubjectPicture[] =>
    image ? [{ vector: vectorIn(image), facts: facts[i] }] : [],
  );
  return { pictures };
}

/** Answers of the pictures that could be embedded, and between them what is wrong with the others. */
export function inPlaces<Answer>(
  rows: readonly EmbeddedRow[],
  answers: readonly Answer[],
): readonly (Answer | ErrorBody)[] {
  const next = answers.values();
  return rows.map(({ fault }) => fault ?? next.next().value!);
}

function readImage(image: string): ParsedRow {
  const row = readRow({ image });
  if (row.fault?.code !== "empty-row") return row;
  return { fault: { code: "empty-row", message: "it has no image", column: "image" } };
}

function invalid(message: string): MedembedError {
  return new MedembedError("invalid-request", message);
}
