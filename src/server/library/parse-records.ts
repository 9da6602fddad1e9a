import Type, { type Static } from "typebox";
import { MedembedError } from "../../errors.ts";
import type { Facts } from "../../facts.ts";
import { LABEL_NAME, MAX_VALUE_LENGTH } from "../../library/labels.ts";
import type { Labels } from "../../library/record.ts";
import { schemaFault } from "../../schema-fault.ts";
import type { ParsedCall, ParsedRow } from "../calls/parsed-call.ts";
import type { ParseOptions } from "../calls/parsers.ts";
import { readRow } from "../calls/read-row.ts";
import { GivenFactsSchema } from "./fact-schema.ts";
import { parseRequest } from "./parse-request.ts";

/** Longer than any hash or UID; a filter holds a thousand of them. */
const MAX_ID_LENGTH = 256;
/** Longer than any path or address. */
const MAX_SOURCE_LENGTH = 8_192;

const LabelsSchema = Type.Record(
  Type.String({ pattern: LABEL_NAME.source }),
  Type.String({ minLength: 1, maxLength: MAX_VALUE_LENGTH, pattern: "^\\P{Cc}*$" }),
  { additionalProperties: false, description: "what people say of it: finding → none" },
);

/** A record's id: no character of it ends a text or begins another line. */
export const IdSchema = Type.String({ minLength: 1, maxLength: MAX_ID_LENGTH, pattern: "^\\P{Cc}*$" });

/** One of the records of `POST /library/{library}/records`. */
const GivenRecordSchema = Type.Object(
  {
    image: Type.String({ description: "base64 of a whole file, as in the image cells of /score" }),
    id: Type.Optional(IdSchema),
    source: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: MAX_SOURCE_LENGTH,
        pattern: "^\\P{Cc}*$",
        description: "where the picture is; without it the id",
      }),
    ),
    labels: Type.Optional(LabelsSchema),
    facts: Type.Optional(GivenFactsSchema),
  },
  { title: "GivenRecord", additionalProperties: false },
);

/** The body, as it is described; a record that does not fit fails alone. */
export const RecordsSchema = Type.Object(
  { records: Type.Array(GivenRecordSchema, { minItems: 1 }) },
  { title: "RecordsRequest", additionalProperties: false },
);

const EnvelopeSchema = Type.Object(
  { records: Type.Array(Type.Unknown(), { minItems: 1 }) },
  { additionalProperties: false },
);

/** What is to be kept of a picture beside its vector. */
export interface AskedRecord {
  /** Undefined: the hash of its content. */
  readonly id: string | undefined;
  readonly source: string | undefined;
  readonly labels: Labels;
  readonly facts: Facts;
  /** Whether the library has it. */
  readonly isKnown: boolean;
}

export interface RecordsAsked {
  /** One a row, in order. */
  readonly records: readonly AskedRecord[];
}

const NOTHING: AskedRecord = { id: undefined, source: undefined, labels: {}, facts: {}, isKnown: false };

/** @param body JSON in UTF-8 @throws MedembedError "invalid-request" for what makes the whole call senseless */
export function parseRecords(body: Uint8Array, { maxRows }: ParseOptions): ParsedCall<RecordsAsked> {
  const { records: given } = parseRequest(body, EnvelopeSchema);
  if (given.length > maxRows) throw invalid(`records has ${given.length} items; at most ${maxRows} are taken`);
  const parsed = given.map(parseRecord);
  return {
    rows: parsed.map(({ row }) => row),
    imageParams: {},
    asked: { records: parsed.map(({ record }) => record) },
  };
}

function parseRecord(given: unknown): { readonly row: ParsedRow; readonly record: AskedRecord } {
  const fault = schemaFault(GivenRecordSchema, given);
  if (fault) {
    const message = `${placeOf(fault.path)} ${fault.reason}`;
    return { row: { fault: { code: "invalid-request", message } }, record: NOTHING };
  }
  const { image, id, source, labels = {}, facts = {} } = given as Static<typeof GivenRecordSchema>;
  const row = readRow({ image });
  const isEmpty = row.fault?.code === "empty-row";
  return {
    row: isEmpty ? { fault: { code: "empty-row", message: "it has no image", column: "image" } } : row,
    record: { id, source, labels, facts, isKnown: false },
  };
}

/** As far as it is made of names of ours: others are the caller's, and are not repeated. */
function placeOf([first, second]: readonly string[]): string {
  if (first === undefined || !Object.hasOwn(GivenRecordSchema.properties, first)) return "the record, or a key of it,";
  const isFact = first === "facts" && second !== undefined && Object.hasOwn(GivenFactsSchema.properties, second);
  if (isFact) return `facts.${second}`;
  return second === undefined ? first : `a key of ${first}`;
}

function invalid(message: string): MedembedError {
  return new MedembedError("invalid-request", message);
}
