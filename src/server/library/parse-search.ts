import Type from "typebox";
import { MedembedError } from "../../errors.ts";
import type { Filter } from "../../library/filter.ts";
import type { ParsedCall } from "../calls/parsed-call.ts";
import { readRow } from "../calls/read-row.ts";
import { parseRequest } from "./parse-request.ts";
import { readWhere, WhereSchema } from "./where.ts";

const MAX_TOP = 1_000;
/** Longer than those of any model. */
const MAX_DIMENSIONS = 65_536;
/** Vectors of ours are of length 1 up to float32 noise. */
const LENGTH_TOLERANCE = 1e-3;

/** The request of `POST /library/{library}/search`. */
export const SearchSchema = Type.Object(
  {
    image: Type.Optional(Type.String({ description: "base64 of a whole file" })),
    text: Type.Optional(Type.String()),
    vector: Type.Optional(
      Type.Array(Type.Number(), { maxItems: MAX_DIMENSIONS, description: "of length 1, of the library's space" }),
    ),
    top: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_TOP, default: 10, description: "matches wanted" })),
    where: Type.Optional(WhereSchema),
    exact: Type.Optional(
      Type.Boolean({ default: false, description: "compare with every vector, also where there is an index" }),
    ),
    excludeSamePatient: Type.Optional(
      Type.Boolean({ default: false, description: "leave out pictures of the patient whom the image's header names" }),
    ),
    group: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1,
        description: "cosine from which pictures are near duplicates, which come in one place",
      }),
    ),
    vectors: Type.Optional(Type.Boolean({ default: false, description: "whether each match has its vector" })),
  },
  { title: "LibrarySearch", additionalProperties: false },
);

export interface SearchAsked {
  /** [dimensions]; undefined: that of the row. */
  readonly vector: Float32Array | undefined;
  readonly count: number;
  readonly where: Filter;
  readonly isExact: boolean;
  readonly excludesSamePatient: boolean;
  /** Of near duplicates, which are grouped; undefined: they are not. */
  readonly likeness: number | undefined;
  readonly withVectors: boolean;
}

/** @param body JSON in UTF-8 @returns one row, or none where the vector itself is given @throws MedembedError "invalid-request" */
export function parseSearch(body: Uint8Array): ParsedCall<SearchAsked> {
  const { image, text, vector, ...given } = parseRequest(body, SearchSchema);
  if ([image, text, vector].filter((query) => query !== undefined).length !== 1) {
    throw invalid("give one thing to compare with: image, text or vector");
  }
  const excludesSamePatient = given.excludeSamePatient ?? false;
  if (excludesSamePatient && image === undefined) {
    throw invalid("excludeSamePatient needs an image whose header names the patient");
  }
  return {
    rows: vector ? [] : [readRow({ image, text })],
    imageParams: {},
    asked: {
      vector: vector && readVector(vector),
      count: given.top ?? 10,
      where: readWhere(given.where),
      isExact: given.exact ?? false,
      excludesSamePatient,
      likeness: given.group,
      withVectors: given.vectors ?? false,
    },
  };
}

function readVector(given: readonly number[]): Float32Array {
  const vector = Float32Array.from(given);
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  if (Math.abs(length - 1) <= LENGTH_TOLERANCE) return vector;
  throw invalid(`the vector is ${length.toPrecision(4)} long, those of a library are 1 long`);
}

function invalid(message: string): MedembedError {
  return new MedembedError("invalid-request", message);
}
