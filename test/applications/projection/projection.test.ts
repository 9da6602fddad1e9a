import assert from "node:assert/strict";
import { test } from "node:test";
import { type Matrix, takeRows } from "../../../src/applications/matrix.ts";
import { nearestByDistance } from "../../../src/applications/nearest-by-distance.ts";
import { fuzzyGraph } from "../../../src/applications/projection/fuzzy-graph.ts";
import { principalComponents } from "../../../src/applications/projection/principal-components.ts";
import { type ProjectionName, project } from "../../../src/applications/projection/project.ts";
import { projectInThread } from "../../../src/applications/projection/projection.ts";
import { symmetricEigen } from "../../../src/applications/projection/symmetric-eigen.ts";
import { all } from "../heads/small-vectors.ts";
import { assertClose, reference } from "../reference.ts";

const expected = reference("projection");
const { vectors } = all;

test("principal components are scikit-learn's, signs and all", () => {
  const { components, variances, coordinates } = principalComponents(vectors, 5, 0);
  assertClose(variances, expected.variances, { tolerance: 1e-7 });
  assertClose(components.values, expected.components.flat(), { tolerance: 1e-4 });
  const tenth = takeRows(
    coordinates,
    Array.from({ length: 30 }, (_, i) => 10 * i),
  );
  assertClose(tenth.values, expected.coordinates.flat(), { tolerance: 1e-4 });
});

test("principal components do not depend on the seed but for rounding, and one seed gives the same bits", () => {
  const [one, same, other] = [1, 1, 2].map((seed) => principalComponents(vectors, 3, seed).coordinates.values);
  assert.deepEqual(one, same);
  assertClose(other, one, { tolerance: 1e-4 });
});

test("as many components as there can be leave nothing out", () => {
  const few = takeRows(vectors, [0, 1, 2, 3]);
  const { coordinates } = principalComponents(few, 3, 0);
  const distance = ({ values, columns }: Matrix, a: number, b: number) =>
    Math.hypot(...Array.from({ length: columns }, (_, k) => values[a * columns + k] - values[b * columns + k]));
  assertClose(distance(coordinates, 0, 3), distance(few, 0, 3), { tolerance: 1e-5 });
  assert.throws(() => principalComponents(few, 4, 0), {
    code: "invalid-data",
    message: /have 3 principal components, needed: 4/,
  });
});

test("eigenvalues fall and eigenvectors are what the matrix only stretches", () => {
  const matrix = [[4, 1, -2], [1, 0, 3], [-2, 3, 1]].map((row) => Float64Array.from(row)); // biome-ignore format: a matrix
  const { values, vectors: found } = symmetricEigen(matrix);
  assert.ok(values[0] > values[1] && values[1] > values[2]);
  for (const [i, vector] of found.entries()) {
    const stretched = matrix.map((row) => row.reduce((sum, value, k) => sum + value * vector[k], 0));
    assertClose(
      stretched,
      vector.map((value) => values[i] * value),
      { tolerance: 1e-12 },
    );
  }
});

test("the graph of neighbours is umap-learn's, copies included", () => {
  const { count, places, distances } = expected.nearest;
  const { heads, tails, weights } = fuzzyGraph({
    count,
    places: Int32Array.from(places),
    distances: Float64Array.from(distances),
  });
  const edges: [number, number, number][] = expected.edges;
  assert.deepEqual(
    [...heads],
    edges.map(([head]) => head),
  );
  assert.deepEqual(
    [...tails],
    edges.map(([, tail]) => tail),
  );
  assertClose(
    weights,
    edges.map(([, , weight]) => weight),
    { tolerance: 1e-4 },
  );
});

/** How far the neighbours on a map are neighbours in truth, from 0 to 1 (Venna and Kaski 2001), as scikit-learn computes it. */
function trustworthiness(map: Matrix, count: number): number {
  const { rows } = map;
  const names = Array.from({ length: rows }, (_, row) => String(row));
  const apart = { queries: names, gallery: names };
  const onMap = nearestByDistance(map, map, { count, apart }).places;
  const inTruth = nearestByDistance(vectors, vectors, { count: rows - 1, apart }).places;
  let penalty = 0;
  for (let row = 0; row < rows; row++) {
    const rank = new Map(
      [...inTruth.subarray(row * (rows - 1), (row + 1) * (rows - 1))].map((place, i) => [place, i + 1]),
    );
    for (const place of onMap.subarray(row * count, (row + 1) * count))
      penalty += Math.max(0, rank.get(place)! - count);
  }
  return 1 - (2 * penalty) / (rows * count * (2 * rows - 3 * count - 1));
}

test("a map keeps neighbours as well as umap-learn's does, and better than two components", () => {
  const ofPca = trustworthiness(project("pca", vectors, 0), 15);
  assertClose(ofPca, expected.trustworthinessOfPca, { tolerance: 1e-3 });
  const lowest = Math.min(...expected.trustworthiness);
  for (const seed of [0, 1, 2]) {
    const found = trustworthiness(project("umap", vectors, seed), 15);
    assert.ok(found > lowest - 0.01 && found > ofPca, `${found}, umap-learn's ${lowest}`);
  }
});

for (const method of ["umap", "pca"] satisfies ProjectionName[]) {
  test(`${method} in a thread gives the bits that it gives here, and tells how far it is`, async () => {
    const shares: number[] = [];
    const copy = { ...vectors, values: vectors.values.slice() };
    const found = await projectInThread(method, copy, 7, (share) => shares.push(share));
    assert.deepEqual(found, project(method, vectors, 7));
    assert.ok(shares.every((share, i) => share >= 0 && share <= 1 && (i === 0 || share >= shares[i - 1])));
  });
}

test("another seed gives another map", () => {
  assert.notDeepEqual(project("umap", vectors, 1).values, project("umap", vectors, 2).values);
});

test("copies and few vectors have a map, too", () => {
  for (const rows of [[0, 1, 2], [0, 0, 0, 0, 1], Array.from({ length: 40 }, () => 5)]) {
    // biome-ignore format: lists
    const { values } = project("umap", takeRows(vectors, rows), 0);
    assert.equal(values.length, 2 * rows.length);
    assert.ok(values.every(Number.isFinite), `${values}`);
  }
});

test("what has no map is refused, also out of the thread", async () => {
  assert.throws(() => project("pca", takeRows(vectors, [0, 1]), 0), {
    code: "invalid-data",
    message: /three vectors at least, there are 2/,
  });
  const broken = takeRows(vectors, [0, 1, 2, 3]);
  broken.values[64 + 3] = Number.NaN;
  await assert.rejects(projectInThread("umap", broken, 0), {
    code: "invalid-data",
    message: /vector 2 holds what is no finite number/,
  });
});
