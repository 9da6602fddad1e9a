import { MedembedError } from "../../errors.ts";
import { type Matrix, takeRows } from "../matrix.ts";
import { type NearestRows, nearestByDistance } from "../nearest-by-distance.ts";
import { normalSample, seededRandom } from "../random.ts";
import { fuzzyGraph } from "./fuzzy-graph.ts";
import { layOut } from "./layout.ts";
import { principalComponents } from "./principal-components.ts";

/** Neighbours that shape a map, each row itself among them: umap-learn's default. */
const NEIGHBOURS = 15;
/** Vectors are first brought to so many dimensions, which hold nearly all that tells neighbours from others. */
const SEARCHED_DIMENSIONS = 50;
/** umap-learn's: small maps need more turns to settle. */
const [SMALL, EPOCHS_OF_SMALL, EPOCHS] = [10_000, 500, 200];
/** How wide the map is at first. */
const START_WIDTH = 10;
/** So that copies do not start on one place. */
const START_NOISE = 1e-4;
/** Rows whose neighbours are looked for between two words of progress. */
const ROWS_AT_ONCE = 512;

/** How much of a projection is done, from 0 to 1. */
export type OnProgress = (share: number) => void;

interface Method {
  readonly summary: string;
  /** @returns [rows, 2] */
  readonly project: (vectors: Matrix, seed: number, onProgress: OnProgress) => Matrix;
}

/** The ways to lay vectors out on a plane. The same vectors in the same order and the same seed give the same map. */
export const PROJECTIONS = {
  umap: { summary: "what is alike lies together; distances between groups say little", project: umap },
  pca: {
    summary: "the two directions in which vectors differ most",
    project: (vectors, seed) => principalComponents(vectors, 2, seed).coordinates,
  },
} as const satisfies Record<string, Method>;

export type ProjectionName = keyof typeof PROJECTIONS;

/** @throws MedembedError "invalid-data" for fewer than three vectors, NaN among them */
export function project(
  method: ProjectionName,
  vectors: Matrix,
  seed: number,
  onProgress: OnProgress = () => {},
): Matrix {
  if (vectors.rows < 3) {
    throw new MedembedError("invalid-data", `a map needs three vectors at least, there are ${vectors.rows}`);
  }
  const broken = vectors.values.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) {
    throw new MedembedError(
      "invalid-data",
      `vector ${Math.floor(broken / vectors.columns) + 1} holds what is no finite number: embed it again`,
    );
  }
  return PROJECTIONS[method].project(vectors, seed, onProgress);
}

/** Half of the progress is the search for neighbours, half the layout. */
function umap(vectors: Matrix, seed: number, onProgress: OnProgress): Matrix {
  const dimensions = Math.min(SEARCHED_DIMENSIONS, vectors.rows - 1, vectors.columns);
  const { coordinates } = principalComponents(vectors, dimensions, seed);
  const graph = fuzzyGraph(neighboursOfAll(coordinates, (share) => onProgress(share / 2)));
  const epochs = vectors.rows <= SMALL ? EPOCHS_OF_SMALL : EPOCHS;
  const random = seededRandom(seed);
  return layOut(graph, startOf(coordinates, random), {
    epochs,
    random,
    onEpoch: (done) => onProgress(0.5 + done / epochs / 2),
  });
}

/** The nearest of each row, itself not counted. */
function neighboursOfAll(points: Matrix, onProgress: OnProgress): NearestRows {
  const count = Math.min(NEIGHBOURS, points.rows) - 1;
  const places = new Int32Array(points.rows * count);
  const distances = new Float64Array(points.rows * count);
  const names = Array.from({ length: points.rows }, (_, row) => String(row));
  for (let first = 0; first < points.rows; first += ROWS_AT_ONCE) {
    const rows = Array.from({ length: Math.min(ROWS_AT_ONCE, points.rows - first) }, (_, i) => first + i);
    const apart = { queries: rows.map((row) => names[row]), gallery: names };
    const found = nearestByDistance(takeRows(points, rows), points, { count, apart });
    places.set(found.places, first * count);
    distances.set(found.distances, first * count);
    onProgress((first + rows.length) / points.rows);
  }
  return { count, places, distances };
}

/** The first two principal components, scaled: what is far apart at first stays so, and maps of one seed agree. */
function startOf({ rows, columns, values }: Matrix, random: () => number): Matrix {
  const start = new Float32Array(rows * 2);
  for (let row = 0; row < rows; row++) start.set(values.subarray(row * columns, row * columns + 2), row * 2);
  const widest = start.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  return {
    rows,
    columns: 2,
    values: start.map((value) => (value / widest) * START_WIDTH + START_NOISE * normalSample(random)),
  };
}
