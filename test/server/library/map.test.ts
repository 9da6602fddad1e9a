import assert from "node:assert/strict";
import { test } from "node:test";
import { Library } from "../../../src/library/library.ts";
import { saveMap } from "../../../src/library/library-map.ts";
import { spaceOf } from "../../../src/library/vector-space.ts";
import { openGolden, temporaryFolder } from "../../golden-small.ts";
import { freshPlace, storedVector, unitVector } from "../../library/synthetic.ts";
import { altered, serve } from "../serving.ts";

const embedder = await openGolden({ folder: await temporaryFolder(), profile: "direct;rendering=dicom" });
const FINDINGS: Readonly<Record<string, string | undefined>> = { a: "none", b: "nodule", c: undefined, d: "none" };

/** A library of four records, of which the map has three, and one that is no more. */
async function setUp({ isWritable = true, hasMap = true } = {}) {
  const uri = await freshPlace();
  const library = await Library.openOrCreate({ uri }, spaceOf(embedder));
  await library.insert(
    Object.entries(FINDINGS).map(([id, finding]) => {
      const vector = unitVector(id, embedder.card.projection);
      return storedVector(id, { vector, labels: finding === undefined ? {} : { finding }, facts: { modality: "CT" } });
    }),
  );
  const places = new Map(["a", "b", "c", "gone"].map((id, i) => [id, [i, i / 3] as const]));
  if (hasMap) await saveMap({ uri }, { method: "pca", seed: 0, version: 1, made: "2026-11-29T00:00:00Z", places });
  await library.close();
  const { app } = await serve(altered(embedder, {}), { libraries: [{ name: "lib", uri, isWritable }] });
  const look = (query = "") => app.inject(`/library/lib/map${query}`);
  const label = (body: unknown) =>
    app.inject({
      method: "POST",
      url: "/library/lib/labels",
      headers: { "content-type": "application/json" },
      payload: JSON.stringify(body),
    });
  return { look, label };
}

test("the map has every record that has a place and is still there, with the value that is asked for", async () => {
  const { look } = await setUp();
  const response = await look("?by=label.finding");
  assert.equal(response.statusCode, 200, response.body);
  const { method, unplaced, labels, values, points } = response.json();
  assert.deepEqual({ method, unplaced, labels }, { method: "pca", unplaced: 1, labels: ["finding"] });
  const told = points.ids.map((id: string, i: number) => [id, points.x[i], points.y[i], values[points.value[i]]]);
  assert.deepEqual(told.sort(), [
    ["a", 0, 0, "none"],
    ["b", 1, 0.3333, "nodule"],
    ["c", 2, 0.6667, ""],
  ]);
  assert.deepEqual((await look("?by=modality")).json().values, ["CT"]);
});

test("labels are stored and taken away, and the map shows it at once", async () => {
  const { look, label } = await setUp();
  const response = await label({ ids: ["b", "c", "none"], set: { finding: "mass", site: "north" } });
  assert.deepEqual(response.json(), { library: "lib", changed: 2 });
  assert.deepEqual((await label({ ids: ["b", "c"], set: { finding: "mass" } })).json().changed, 0);
  assert.deepEqual((await label({ ids: ["b"], unset: ["site"] })).json().changed, 1);
  const { values, points } = (await look("?by=label.site")).json();
  const at = (id: string) => values[points.value[points.ids.indexOf(id)]];
  assert.deepEqual([at("a"), at("b"), at("c")], ["", "", "north"]);
});

test("what makes no sense is refused, as is a change of a library that is read only, and a map that there is not", async () => {
  const { look, label } = await setUp();
  for (const query of ["?by=nothing", "?by=", "?of=modality"]) assert.equal((await look(query)).statusCode, 400, query);
  for (const body of [
    { ids: ["a"] },
    { ids: [], set: { a: "b" } },
    { set: { a: "b" } },
    { ids: ["a"], set: { "a b": "\n" } },
  ]) {
    assert.equal((await label(body)).statusCode, 400, JSON.stringify(body));
  }
  const other = await setUp({ isWritable: false, hasMap: false });
  assert.equal((await other.label({ ids: ["a"], set: { a: "b" } })).statusCode, 403);
  const missing = await other.look();
  assert.equal(missing.statusCode, 404);
  assert.match(missing.json().error.message, /medembed library map makes one/);
});
