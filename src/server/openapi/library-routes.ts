import Type from "typebox";
import { RETRIEVAL_FIGURES } from "../../applications/retrieval/evaluate-retrieval.ts";
import { FACTS } from "../../facts.ts";
import type { LibraryRecord } from "../../library/record.ts";
import { TEST_IMAGE } from "../deployment.ts";
import { LibrarySchema } from "../library/describe.ts";
import { EvaluationSchema } from "../library/parse-evaluation.ts";
import { ExamsSchema } from "../library/parse-exams.ts";
import { LISTING_QUERY } from "../library/parse-listing.ts";
import { MAP_QUERY } from "../library/parse-map.ts";
import { OutliersSchema } from "../library/parse-outliers.ts";
import { PICTURE_QUERY } from "../library/parse-picture.ts";
import { RecordsSchema } from "../library/parse-records.ts";
import { RelabelSchema } from "../library/parse-relabel.ts";
import { RemovalSchema } from "../library/parse-removal.ts";
import { SearchSchema } from "../library/parse-search.ts";
import { CALL_ANSWER_HEADERS, CALL_ERRORS, TIMEOUT_HEADER } from "./embedding-calls.ts";
import { ERROR_BODY, ErrorSchema } from "./error-schema.ts";
import type { RouteDescription } from "./route-description.ts";

const tag = "Libraries";
const JSON_TYPE = "application/json";
const closed = { additionalProperties: false };
const image = TEST_IMAGE.toString("base64");
const library = Type.String({ description: "its name" });

const Facts = Type.Object(
  Object.fromEntries(
    Object.entries(FACTS).map(([name, kind]) => [name, Type.Optional(kind === "text" ? Type.String() : Type.Number())]),
  ),
  { title: "Facts", description: "what the header tells, or the caller; identities as hashes", ...closed },
);

const record = {
  id: Type.String({ description: "SHA-256 of the content, unless the caller gave another" }),
  source: Type.String(),
  frame: Type.Optional(Type.Number({ description: "of a file with several: the middle slice of a series, from 1" })),
  slices: Type.Optional(Type.Number({ description: "of a series or volume" })),
  listing: Type.Optional(Type.String({ description: "of a series: changes when its files do" })),
  bytes: Type.Optional(Type.Number({ description: "of the file, if it came from one" })),
  modified: Type.Optional(Type.Number({ description: "of the file, in ms since 1970" })),
  added: Type.String({ description: "ISO 8601, UTC" }),
  precision: Type.String(),
  facts: Facts,
  labels: Type.Record(Type.String(), Type.String()),
} as const satisfies Record<keyof LibraryRecord, Type.TSchema>;

const likeness = Type.Number({ description: "the cosine with what was asked for" });
const Match = Type.Object(
  {
    rank: Type.Integer({ minimum: 1 }),
    score: likeness,
    ...record,
    duplicates: Type.Array(Type.Object({ score: likeness, id: record.id, source: record.source }, closed), {
      description: "near duplicates, where they are grouped",
    }),
    vector: Type.Optional(Type.Array(Type.Number(), { description: "where vectors are asked for" })),
  },
  { title: "Match", ...closed },
);

const Outcome = Type.Union(
  [
    Type.Object({ outcome: Type.Enum(["stored", "known"]), id: record.id }, closed),
    Type.Object({ outcome: Type.Literal("failed"), error: ErrorSchema.properties.error }, closed),
  ],
  { title: "RecordOutcome" },
);

const Judged = Type.Union(
  [
    Type.Object(
      {
        id: Type.Optional(record.id),
        source: Type.Optional(record.source),
        methods: Type.Record(
          Type.String(),
          Type.Object(
            {
              score: Type.Number({ description: "higher for what is less usual" }),
              p: Type.Number({ description: "the chance of so high a score for one like the reference" }),
              isOutlier: Type.Union([Type.Boolean(), Type.Null()]),
            },
            closed,
          ),
        ),
        nearest: Type.Array(Type.Object({ id: record.id, source: record.source, distance: Type.Number() }, closed)),
      },
      closed,
    ),
    ErrorSchema,
  ],
  { title: "Judged" },
);

const Threshold = Type.Object(
  {
    value: Type.Number({ description: "what scores above it is an outlier" }),
    origin: Type.Enum(["alpha", "labels"]),
    sensitivity: Type.Optional(Type.Number({ description: "on the known outliers" })),
    specificity: Type.Optional(Type.Number({ description: "on the reference" })),
  },
  { title: "OutlierThreshold", ...closed },
);

const next = Type.Optional(
  Type.String({ description: "of a page that others follow: goes as `after` into the call for the next" }),
);

const orNull = (schema: Type.TSchema) => Type.Union([schema, Type.Null()]);

const Estimate = Type.Object(
  { value: orNull(Type.Number()), low: orNull(Type.Number()), high: orNull(Type.Number()) },
  { title: "Estimate", description: "with its 95 % interval; null where it is not defined", ...closed },
);

const RetrievalMeans = Type.Object(
  { micro: Estimate, macro: Estimate, perLabel: Type.Array(orNull(Type.Number())) },
  { title: "RetrievalMeans", ...closed },
);

const Told = Type.Union(
  [
    Type.Object(
      {
        id: Type.Optional(record.id),
        source: Type.Optional(record.source),
        labels: Type.Record(
          Type.String(),
          Type.Object(
            {
              header: orNull(Type.String()),
              predicted: orNull(Type.String()),
              share: Type.Number({ description: "of the votes" }),
            },
            closed,
          ),
          { description: "modality, bodyPart, region, plane, view, sequence, contrast" },
        ),
        numbers: Type.Record(
          Type.String(),
          Type.Object(
            Object.fromEntries(["header", "predicted", "low", "high"].map((name) => [name, orNull(Type.Number())])),
            closed,
          ),
        ),
        neighbours: Type.Array(Type.Object({ id: record.id, distance: Type.Number() }, closed)),
      },
      closed,
    ),
    ErrorSchema,
  ],
  { title: "ToldExam" },
);

const json = (schema: Type.TSchema) => ({ [JSON_TYPE]: { schema } });
const errors = [...CALL_ERRORS, "no-library"] as const;
const looks = ["unauthorised", "forbidden", "no-library", "warming-up", "stopping"] as const;

/** What may be done with the libraries that the server's config names. */
export const LIBRARY_ROUTES: readonly RouteDescription[] = [
  {
    method: "get",
    path: "/library",
    tag,
    summary: "The libraries of this server",
    needsKey: true,
    answer: {
      description: "All of them.",
      content: json(Type.Object({ libraries: Type.Array(LibrarySchema) }, closed)),
    },
    errors: ["unauthorised", "forbidden", "warming-up"],
    errorBody: ERROR_BODY,
  },
  {
    method: "get",
    path: "/library/{library}",
    tag,
    summary: "How many records a library has, and of which space",
    needsKey: true,
    answer: { description: "The library.", content: json(LibrarySchema) },
    errors: looks,
    errorBody: ERROR_BODY,
  },
  {
    method: "get",
    path: "/library/{library}/records",
    tag,
    summary: "What is known of the records, by their ids, a page at a time",
    needsKey: true,
    requestHeaders: TIMEOUT_HEADER,
    query: LISTING_QUERY,
    answer: {
      description: "A page; `next` goes as `after` into the call for the one behind it.",
      headers: CALL_ANSWER_HEADERS,
      content: json(
        Type.Object(
          {
            library,
            records: Type.Array(Type.Object(record, { title: "LibraryRecord", ...closed })),
            next: Type.Optional(Type.String()),
          },
          { title: "RecordsPage", ...closed },
        ),
      ),
    },
    errors,
    errorBody: ERROR_BODY,
  },
  {
    method: "post",
    path: "/library/{library}/records",
    tag,
    summary: "Embed pictures and keep their vectors",
    description:
      "A record whose id is there stays as it is. What is told as stored is on the disk. A bad record fails alone, and its place in the answer says why.",
    needsKey: true,
    requestHeaders: TIMEOUT_HEADER,
    request: {
      content: {
        [JSON_TYPE]: {
          schema: RecordsSchema,
          examples: {
            one: {
              summary: "An image of one pixel",
              value: {
                records: [
                  {
                    image,
                    source: "examples/one.png",
                    labels: { finding: "none" },
                    facts: { modality: "CR", view: "PA" },
                  },
                ],
              },
            },
          },
        },
      },
    },
    answer: {
      description: "What became of each record, in order.",
      headers: CALL_ANSWER_HEADERS,
      content: json(
        Type.Object(
          {
            library,
            stored: Type.Integer(),
            known: Type.Integer(),
            failed: Type.Integer(),
            records: Type.Array(Outcome),
          },
          { title: "RecordsAnswer", ...closed },
        ),
      ),
    },
    errors,
    errorBody: ERROR_BODY,
  },
  {
    method: "get",
    path: "/library/{library}/records/{id}/picture",
    tag,
    summary: "What a record is of, as its vector was made",
    description:
      "Only where the config shows the library's pictures, and of files that medembed has read itself: of a volume or series the middle slice. Grays can be asked for under another window, and volumes for another slice.",
    needsKey: true,
    requestHeaders: TIMEOUT_HEADER,
    query: PICTURE_QUERY,
    answer: {
      description: "A JPEG.",
      headers: {
        ...CALL_ANSWER_HEADERS,
        "medembed-window": "Of grays, the window that is shown: center,width.",
        "medembed-range": "Of grays, what the lowest and the highest value measure: low,high.",
        "medembed-unit": "HU where the grays can be Hounsfield units.",
        "medembed-slice": "Of a NIfTI file or a series, which slice of how many: 20/40.",
      },
      content: { "image/jpeg": { schema: Type.String() } },
    },
    errors: [...errors, "no-route", "unsupported-image"],
    errorBody: ERROR_BODY,
  },
  {
    method: "post",
    path: "/library/{library}/labels",
    tag,
    summary: "Give records labels, and take them away",
    needsKey: true,
    requestHeaders: TIMEOUT_HEADER,
    request: {
      content: {
        [JSON_TYPE]: {
          schema: RelabelSchema,
          examples: { set: { summary: "Of one record", value: { ids: ["first"], set: { finding: "none" } } } },
        },
      },
    },
    answer: {
      description: "How many records were changed; those that were as they should be are left alone.",
      headers: CALL_ANSWER_HEADERS,
      content: json(Type.Object({ library, changed: Type.Integer() }, { title: "LabelsAnswer", ...closed })),
    },
    errors,
    errorBody: ERROR_BODY,
  },
  {
    method: "get",
    path: "/library/{library}/map",
    tag,
    summary: "Where the records lie on the map that `medembed library map` has made",
    needsKey: true,
    requestHeaders: TIMEOUT_HEADER,
    query: MAP_QUERY,
    answer: {
      description: "Columns of equal length, a record each; what has no value has the empty text.",
      headers: CALL_ANSWER_HEADERS,
      content: json(
        Type.Object(
          {
            library,
            method: Type.String({ description: "umap or pca" }),
            made: Type.String({ description: "ISO 8601, UTC" }),
            unplaced: Type.Integer({ description: "records that were added since, or are no longer what they were" }),
            labels: Type.Array(Type.String(), { description: "the names of all labels" }),
            values: Type.Array(Type.String()),
            points: Type.Object(
              {
                ids: Type.Array(record.id),
                x: Type.Array(Type.Number()),
                y: Type.Array(Type.Number()),
                value: Type.Array(Type.Integer({ description: "a place in `values`" })),
              },
              closed,
            ),
          },
          { title: "LibraryMap", ...closed },
        ),
      ),
    },
    errors: [...errors, "no-route"],
    errorBody: ERROR_BODY,
  },
  {
    method: "post",
    path: "/library/{library}/search",
    tag,
    summary: "The records nearest to a picture, a text or a vector",
    needsKey: true,
    requestHeaders: TIMEOUT_HEADER,
    request: {
      content: {
        [JSON_TYPE]: {
          schema: SearchSchema,
          examples: {
            text: { summary: "By a text", value: { text: "x-ray chest", top: 3 } },
            image: {
              summary: "By a picture, among some",
              value: { image, where: ["modality=CR|DX", "label.finding!=none"] },
            },
          },
        },
      },
    },
    answer: {
      description: "The best first.",
      headers: CALL_ANSWER_HEADERS,
      content: json(Type.Object({ library, matches: Type.Array(Match) }, { title: "SearchAnswer", ...closed })),
    },
    errors,
    errorBody: ERROR_BODY,
  },
  {
    method: "post",
    path: "/library/{library}/evaluate",
    tag,
    summary: "How well a search of the records finds what has the same label",
    description:
      "Each record that has the field is looked for among all others that have it, those of its patient left out. Figures have 95 % intervals over patients.",
    needsKey: true,
    requestHeaders: TIMEOUT_HEADER,
    request: {
      content: {
        [JSON_TYPE]: {
          schema: EvaluationSchema,
          examples: { finding: { summary: "By a label", value: { field: "label.finding", k: [1] } } },
        },
      },
    },
    answer: {
      description: "Figures for each k: over the labels (macro), over the records (micro), and of each label.",
      headers: CALL_ANSWER_HEADERS,
      content: json(
        Type.Object(
          {
            library,
            field: Type.String(),
            without: Type.Integer({ description: "records without the field" }),
            labels: Type.Array(Type.String(), { description: "the values of the field" }),
            queries: Type.Integer(),
            groups: Type.Integer({ description: "patients; who is not known is one for each record" }),
            withoutRelevant: Type.Integer({ description: "records for which there is nothing to find" }),
            atRanks: Type.Array(
              Type.Object(
                {
                  k: Type.Integer(),
                  figures: Type.Object(
                    Object.fromEntries(Object.keys(RETRIEVAL_FIGURES).map((name) => [name, RetrievalMeans])),
                    closed,
                  ),
                },
                closed,
              ),
            ),
          },
          { title: "EvaluationAnswer", ...closed },
        ),
      ),
    },
    errors,
    errorBody: ERROR_BODY,
  },
  {
    method: "post",
    path: "/library/{library}/outliers",
    tag,
    summary: "How far pictures or records are from records that were accepted",
    description: "Pictures are judged and not stored. A bad one fails alone, and its place in the answer says why.",
    needsKey: true,
    requestHeaders: TIMEOUT_HEADER,
    request: {
      content: {
        [JSON_TYPE]: {
          schema: OutliersSchema,
          examples: {
            image: {
              summary: "A picture, by those without a finding",
              value: { reference: ["label.finding=none"], images: [image], neighbours: 1 },
            },
          },
        },
      },
    },
    answer: {
      description: "Pictures in their order; records with the most unusual first.",
      headers: CALL_ANSWER_HEADERS,
      content: json(
        Type.Object(
          {
            library,
            reference: Type.Object(
              { records: Type.Integer(), groups: Type.Integer(), smallestAlpha: Type.Number() },
              closed,
            ),
            methods: Type.Record(
              Type.String(),
              Type.Object(
                {
                  threshold: orNull(Threshold),
                  leftOut: Type.Optional(
                    Type.Array(Type.Number(), {
                      description:
                        "the score of each reference without it and its patient, ascending; where it is asked for",
                    }),
                  ),
                },
                closed,
              ),
            ),
            judged: Type.Array(Judged),
            passedBy: Type.Integer({ description: "records that are references or known outliers themselves" }),
            next,
          },
          { title: "OutliersAnswer", ...closed },
        ),
      ),
    },
    errors,
    errorBody: ERROR_BODY,
  },
  {
    method: "post",
    path: "/library/{library}/exam-parameters",
    tag,
    summary: "How pictures were made, as the records nearest to them tell",
    description: "Pictures are not stored. A bad one fails alone, and its place in the answer says why.",
    needsKey: true,
    requestHeaders: TIMEOUT_HEADER,
    request: {
      content: {
        [JSON_TYPE]: {
          schema: ExamsSchema,
          examples: { image: { summary: "Of a picture, by all records", value: { images: [image] } } },
        },
      },
    },
    answer: {
      description: "Pictures in their order; records by their ids.",
      headers: CALL_ANSWER_HEADERS,
      content: json(
        Type.Object(
          {
            library,
            examples: Type.Object({ records: Type.Integer(), patients: Type.Integer() }, closed),
            learned: Type.Array(Type.String(), {
              description:
                "labels and numbers that the examples tell often enough; of the others only headers are told",
            }),
            told: Type.Array(Told),
            next,
          },
          { title: "ExamParametersAnswer", ...closed },
        ),
      ),
    },
    errors,
    errorBody: ERROR_BODY,
  },
  {
    method: "delete",
    path: "/library/{library}/records",
    tag,
    summary: "Remove records",
    description: "By ids or by conditions; a call that names neither is refused.",
    needsKey: true,
    requestHeaders: TIMEOUT_HEADER,
    request: {
      content: {
        [JSON_TYPE]: {
          schema: RemovalSchema,
          examples: { where: { summary: "By a condition", value: { where: ["source^=examples/"] } } },
        },
      },
    },
    answer: {
      description: "How many there were.",
      headers: CALL_ANSWER_HEADERS,
      content: json(Type.Object({ library, removed: Type.Integer() }, { title: "RemovalAnswer", ...closed })),
    },
    errors,
    errorBody: ERROR_BODY,
  },
];
