import Type from "typebox";
import { MedembedError } from "../../errors.ts";
import type { VectorSpace } from "../../vector-space.ts";
import { takeMatrix, toTensor } from "../heads/tensor-shapes.ts";
import { readCard, readFolderTensors, saveTensorFolder, type TensorFolder } from "../tensor-folder.ts";
import { ExamPredictor, type ExamSettings, type Spreads } from "./exam-predictor.ts";
import type { ExamExamples } from "./examples.ts";
import type { ExamFigures } from "./measure-exam-predictor.ts";
import { NUMBER_TARGETS, type NumberTarget } from "./targets.ts";

/** Of the card; another one is read by another version. */
const FORMAT = 1;
/** Ids and patients of a million examples. */
const MAX_CARD_BYTES = 256 * 2 ** 20;
const closed = { additionalProperties: false };
const text = Type.String({ minLength: 1 });
const positive = Type.Number({ exclusiveMinimum: 0 });
const share = Type.Number({ minimum: 0, maximum: 1 });

/** All of a predictor but its tensors, as its file has it. */
interface PredictorCard {
  readonly format: number;
  readonly space: VectorSpace;
  readonly settings: ExamSettings;
  readonly spreads: Spreads;
  /** By target [examples]; null for what a header does not tell. */
  readonly labels: Readonly<Record<string, readonly (string | null)[]>>;
  readonly numbers: Readonly<Partial<Record<NumberTarget, readonly (number | null)[]>>>;
  /** [examples] */
  readonly ids: readonly string[];
  /** [examples], as the library or the file hashes patients. */
  readonly groups: readonly string[];
  /** Of patients left out, when it was fitted. */
  readonly figures: unknown;
}

const FOLDER = {
  what: "predictor of exam parameters",
  cardFile: "exam-parameters.json",
  maxCardBytes: MAX_CARD_BYTES,
  schema: Type.Object(
    {
      format: Type.Literal(FORMAT),
      space: Type.Object(
        { model: text, weights: text, profile: text, dimensions: Type.Integer({ minimum: 1 }) },
        closed,
      ),
      settings: Type.Object({ neighbours: Type.Integer({ minimum: 1 }), margin: share, alpha: share }, closed),
      spreads: Type.Record(Type.String(), Type.Number({ minimum: 0 })),
      labels: Type.Record(Type.String(), Type.Array(Type.Union([text, Type.Null()]))),
      numbers: Type.Partial(
        Type.Object(
          Object.fromEntries(
            Object.keys(NUMBER_TARGETS).map((name) => [name, Type.Array(Type.Union([positive, Type.Null()]))]),
          ),
          closed,
        ),
      ),
      ids: Type.Array(text),
      groups: Type.Array(text),
      figures: Type.Unknown(),
      /** SHA-256 of the tensors. */
      weights: Type.String({ pattern: "^[0-9a-f]{64}$" }),
    },
    closed,
  ),
} as const satisfies TensorFolder;

/**
 * Writes a predictor as a new folder, whole or not at all: exam-parameters.json and weights.safetensors.
 * @throws MedembedError "usage" for a place that is taken, "write-failed"
 */
export function savePredictor(
  { examples, settings, space, spreads }: ExamPredictor,
  figures: ExamFigures,
  folder: string,
): Promise<void> {
  const { ids, groups, vectors, labels, numbers } = examples;
  const { model, weights, profile, dimensions } = space; // a library's space has more to it
  const card: PredictorCard = {
    format: FORMAT,
    space: { model, weights, profile, dimensions },
    settings,
    spreads,
    labels: mapValues(labels, (value) => value ?? null),
    numbers: mapValues(numbers, (value) => value ?? null),
    ids,
    groups,
    figures,
  };
  return saveTensorFolder(FOLDER, folder, card, { vectors: toTensor(vectors) });
}

/** @throws MedembedError "not-found", "invalid-config" or "corrupt-checkpoint" for what is no predictor or a changed one */
export async function openPredictor(folder: string): Promise<ExamPredictor> {
  const { weights, settings, space, spreads, ids, groups, ...told } = await readCard<PredictorCard>(FOLDER, folder);
  const tensors = await readFolderTensors(FOLDER, folder, weights);
  for (const [name, values] of Object.entries({ groups, ...told.labels, ...told.numbers })) {
    if (values.length === ids.length) continue;
    throw new MedembedError(
      "corrupt-checkpoint",
      `${folder} has ${ids.length} examples, and ${values.length} values of ${name}`,
    );
  }
  const examples: ExamExamples = {
    ids,
    groups,
    vectors: takeMatrix(tensors, "vectors", [ids.length, space.dimensions]),
    labels: mapValues(told.labels, (value) => value ?? undefined),
    numbers: mapValues(told.numbers, (value) => value ?? undefined),
  };
  return new ExamPredictor(examples, settings, space, spreads);
}

function mapValues<From, To>(
  lists: Readonly<Record<string, readonly From[]>>,
  change: (value: From) => To,
): Record<string, To[]> {
  return Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, values.map(change)]));
}
