import { MedembedError } from "../../errors.ts";
import { unitRows } from "../matrix.ts";
import { nearestNeighbours, neighbourVotes } from "../nearest-neighbours.ts";
import { type Head, type HeadKind, SETTINGS, settingsSchema, type Tensors } from "./head.ts";
import { listTensor, takeMatrix, takeTensor, toTensor } from "./tensor-shapes.ts";

export interface NearestNeighbourSettings {
  readonly k: number;
}

/** The votes of the k training vectors with the largest cosine. */
export const nearestNeighbourHead: HeadKind<NearestNeighbourSettings> = {
  summary: "votes of the k nearest training vectors by cosine",
  defaults: { k: 5 },
  schema: settingsSchema({ k: SETTINGS.size }),
  train({ train, classWeights }, { k }) {
    if (k > train.vectors.rows) {
      throw new MedembedError(
        "invalid-data",
        `k is ${k}, but there are ${train.vectors.rows} vectors to choose neighbours from: take a smaller k`,
      );
    }
    return {
      vectors: toTensor(train.vectors),
      labels: listTensor(Float32Array.from(train.labels)),
      classWeights: listTensor(Float32Array.from(classWeights)),
    };
  },
  restore,
};

function restore(tensors: Tensors, { k }: NearestNeighbourSettings): Head {
  const gallery = unitRows(takeMatrix(tensors, "vectors", [undefined, undefined]));
  const labels = takeTensor(tensors, "labels", [gallery.rows]).values;
  const classWeights = takeTensor(tensors, "classWeights", [undefined]).values;
  const classes = classWeights.length;
  if (!labels.every((label) => Number.isInteger(label) && label >= 0 && label < classes) || k > gallery.rows) {
    throw new MedembedError("corrupt-checkpoint", `there are labels that are no class, or fewer than ${k} vectors`);
  }
  return {
    inputs: gallery.columns,
    classes,
    score: (vectors) => {
      const votes = neighbourVotes(nearestNeighbours(unitRows(vectors), gallery, { count: k }), labels, classes);
      return { ...votes, values: votes.values.map((share, i) => logProbability(share, classWeights[i % classes])) };
    },
  };

  /** One more vote is shared by all classes, so that none has the probability 0. */
  function logProbability(share: number, weight: number): number {
    return Math.log((weight * share * k + 1 / classes) / (k + 1));
  }
}
