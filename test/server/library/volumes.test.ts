import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { embedVolume } from "../../../src/applications/volumes/embed-volume.ts";
import { Library } from "../../../src/library/library.ts";
import { spaceOf } from "../../../src/library/vector-space.ts";
import { goldenImages, openGolden } from "../../golden-small.ts";
import { freshPlace, storedVector } from "../../library/synthetic.ts";
import { serve } from "../serving.ts";

const embedder = await openGolden({ profile: "direct;rendering=dicom" });
const volume = await readFile("test/files/nifti/anatomical.nii");
const picture = await embedder.embedImage(goldenImages[0]);
/** Of its own way with volumes, and of the usual one. */
const LIBRARIES = {
  coronal: {
    settings: ";plane=coronal;slices=3;aggregate=max",
    options: { plane: "coronal", slices: 3, aggregate: "max" },
  },
  usual: { settings: "", options: {} },
} as const;

const libraries: { readonly name: string; readonly uri: string }[] = [];
for (const [name, { settings, options }] of Object.entries(LIBRARIES)) {
  const uri = await freshPlace();
  const space = spaceOf(embedder);
  const library = await Library.openOrCreate({ uri }, { ...space, profile: `${space.profile}${settings}` });
  const { vector } = await embedVolume(embedder, volume, options);
  await library.insert([storedVector("volume", { vector }), storedVector("picture", { vector: picture })]);
  await library.close();
  libraries.push({ name, uri });
}
const { app } = await serve(embedder, { libraries });
const ask = (path: string, payload: object) => app.inject({ method: "POST", url: `/library/${path}`, payload });

test("a NIfTI file, packed or not, is searched for as the library has embedded its own", async () => {
  for (const { name } of libraries) {
    for (const file of [volume, gzipSync(volume)]) {
      const response = await ask(`${name}/search`, { image: file.toString("base64"), top: 1 });
      assert.equal(response.statusCode, 200, response.body);
      const [{ id, score }] = response.json().matches;
      assert.equal(id, "volume", name);
      assert.ok(score > 0.9999, `${name}: ${score}`);
    }
  }
});

test("pictures and NIfTI files are judged side by side, and a broken one fails alone", async () => {
  const cut = gzipSync(volume).subarray(0, 2_000);
  const images = [goldenImages[0], volume, cut].map((bytes) => bytes.toString("base64"));
  const response = await ask("usual/outliers", { reference: ["id=volume|picture"], images, neighbours: 1 });
  assert.equal(response.statusCode, 200, response.body);
  const { judged } = response.json();
  assert.deepEqual(
    judged.slice(0, 2).map(({ nearest: [{ id }] }: { nearest: { id: string }[] }) => id),
    ["picture", "volume"],
  );
  assert.match(judged[2].error.message, /breaks off or is damaged/);
});

test("a broken NIfTI file is refused with the reason; where volumes are not taken it is no image", async () => {
  const broken = await ask("usual/search", { image: volume.subarray(0, 400).toString("base64") });
  assert.equal(broken.statusCode, 424);
  assert.match(broken.json().error.message, /ends before its voxels do/);
  const stored = await ask("usual/records", { records: [{ image: volume.toString("base64") }] });
  assert.match(stored.json().records[0].error.message, /start like none of/);
});

test("a shadow is asked for volumes as the deployment that answers is", async () => {
  const { app, endpoint, shadowing } = await serve(embedder, {
    libraries: libraries.slice(0, 1),
    deployments: [
      { name: "blue", traffic: 100 },
      { name: "dark", traffic: 0, mirror: 100 },
    ],
    random: () => 0,
  });
  const payload = { image: volume.toString("base64"), top: 1 };
  const response = await app.inject({ method: "POST", url: "/library/coronal/search", payload });
  assert.equal(response.statusCode, 200, response.body);
  const [, dark] = endpoint.deployments;
  await dark.close(); // waits for the copy
  assert.deepEqual(shadowing.counts, { copied: 1, failed: 0, skipped: 0 });
});
