import Type from "typebox";
import type { HeadKind } from "../../../applications/heads/head.ts";
import { HEADS, type HeadName, settingsOf } from "../../../applications/heads/kinds.ts";
import { PARTS, type Split } from "../../../applications/split-by-group.ts";
import { MedembedError } from "../../../errors.ts";
import type { Filter } from "../../../library/filter.ts";
import { LABEL_NAME } from "../../../library/labels.ts";
import type { ParsedCall } from "../../calls/parsed-call.ts";
import { parseRequest } from "../parse-request.ts";
import { readWhere, WhereSchema } from "../where.ts";

/** What shows whether more would help is there long before. */
const MAX_EPOCHS = 1_000;
const MAX_SEED = 2 ** 29;

const percent = Type.Integer({ minimum: 0, maximum: 100 });

/** The request of `POST /library/{library}/adapters`. */
export const TrainingSchema = Type.Object(
  {
    label: Type.String({ pattern: LABEL_NAME.source, description: "its values are told apart" }),
    where: Type.Optional(WhereSchema),
    heads: Type.Optional(
      Type.Array(Type.Enum(Object.keys(HEADS) as HeadName[]), {
        minItems: 1,
        uniqueItems: true,
        description: "of several the best on the validation rows is kept; without it logistic-regression",
      }),
    ),
    split: Type.Optional(
      Type.Object(
        { train: percent, validation: percent, test: percent },
        { additionalProperties: false, description: "percents, whole patients in each part; without it 60, 20, 20" },
      ),
    ),
    classWeights: Type.Optional(Type.Enum(["none", "balanced"], { default: "none" })),
    seed: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_SEED, default: 0 })),
    epochs: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_EPOCHS, description: "of mlp and adapter-network" })),
    c: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1e9, description: "the inverse of the penalty" })),
    k: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, description: "neighbours of k-nn" })),
  },
  { title: "TrainingRequest", additionalProperties: false },
);

export interface TrainingAsked {
  readonly label: string;
  readonly where: Filter;
  /** With their settings. */
  readonly heads: readonly (readonly [head: HeadName, settings: Readonly<Record<string, unknown>>])[];
  /** Of the rows, together 1. */
  readonly shares: Readonly<Record<keyof Split, number>>;
  readonly classWeights: "balanced" | "none";
  readonly seed: number;
}

/** @param body JSON in UTF-8 @throws MedembedError "invalid-request" */
export function parseTraining(body: Uint8Array): ParsedCall<TrainingAsked> {
  const request = parseRequest(body, TrainingSchema);
  const { label, where, heads = ["logistic-regression"], classWeights = "none", seed = 0, ...rest } = request;
  const { split = { train: 60, validation: 20, test: 20 }, ...settings } = rest;
  const sum = PARTS.reduce((total, part) => total + split[part], 0);
  if (sum !== 100 || split.train === 0 || split.validation === 0) {
    throw new MedembedError(
      "invalid-request",
      `split is ${sum} percent together: it must be 100, with some for train and validation`,
    );
  }
  const own = (head: HeadName) => {
    const { defaults }: HeadKind = HEADS[head];
    return settingsOf(head, Object.fromEntries(Object.entries(settings).filter(([name]) => name in defaults)));
  };
  const asked: TrainingAsked = {
    label,
    where: readWhere(where),
    heads: heads.map((head) => [head, own(head)] as const),
    shares: { train: split.train / 100, validation: split.validation / 100, test: split.test / 100 },
    classWeights,
    seed,
  };
  return { rows: [], imageParams: {}, asked };
}
