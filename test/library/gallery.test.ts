import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { sharp } from "../../src/formats/sharp.ts";
import { type GallerySpace, galleryPage } from "../../src/library/gallery.ts";
import type { StoredVector } from "../../src/library/record.ts";
import { writeEnhanced } from "../formats/dicom/series/write-series.ts";
import { writeNifti } from "../formats/nifti/write-nifti.ts";
import { goldenFile, temporaryFolder } from "../golden-small.ts";
import { storedVector } from "./synthetic.ts";

const dicom = fileURLToPath(new URL("../../examples/dicom/ct-chest.dcm", import.meta.url));
const picture = goldenFile("img2_300x200_L.png");
const LOOK: GallerySpace = { model: "synthetic", profile: "direct", pictures: { name: "direct" }, plane: "acquired" };

test("a page has the pictures of the query and the matches in it, DICOM among them, and needs nothing else", async () => {
  const record = storedVector("a", { source: dicom, facts: { modality: "CT", sliceThickness: 2.5 } });
  const copy = { score: 0.5, record: storedVector("b", { source: "/copies/b.png" }) };
  const page = await galleryPage(
    { name: picture, bytes: await readFile(picture) },
    [{ score: 0.75, record, duplicates: [copy] }],
    LOOK,
  );
  const pictures = [...page.matchAll(/src="data:image\/jpeg;base64,([^"]+)"/g)].map(([, jpeg]) => jpeg);
  const sizes = await Promise.all(pictures.map((jpeg) => sharp(Buffer.from(jpeg, "base64")).metadata()));
  assert.equal(sizes.length, 2);
  assert.ok(sizes.some(({ width, height }) => width === 300 && height === 200));
  assert.match(page, /<b>1<\/b> · 0\.7500/);
  assert.match(page, /<dt>sliceThickness<\/dt><dd>2\.5<\/dd>/);
  assert.match(page, /1 near duplicate<\/summary><p>0\.5000 \/copies\/b\.png/);
  assert.doesNotMatch(page, /<script|<link|(src|href)="(?!data:)|@import|url\(/i);
  assert.match(page, /Content-Security-Policy" content="default-src 'none'/);
});

test("what is known of a picture is shown as text, whatever stands in it", async () => {
  const record = storedVector("a", {
    source: join("/nowhere", '"><script>alert(1)</script>.png'),
    facts: { bodyPart: "<b>CHEST&" },
    labels: { finding: "</dd><img src=x>" },
  });
  const page = await galleryPage({ text: "</p><script>" }, [{ score: 1, record, duplicates: [] }], LOOK);
  assert.doesNotMatch(page, /<script|<img|<b>CHEST/);
  assert.match(page, /&lt;b&gt;CHEST&amp;/);
});

test("a picture that cannot be shown says why in its place", async () => {
  const sources = ["/nowhere/a.png", fileURLToPath(import.meta.url), "dicomweb:1234"];
  const matches = sources.map((source) => ({ score: 1, record: storedVector(source, { source }), duplicates: [] }));
  const page = await galleryPage({ text: "chest" }, matches, LOOK);
  assert.match(page, /class="picture gone">the file is gone</);
  assert.match(page, /class="picture gone">it lies on a DICOMweb server</);
  assert.match(page, /class="picture gone">the \d+ bytes start like none of/);
});

/** The picture of the only match, as it would be seen. */
async function shown(source: string, told: Partial<StoredVector>, plane: GallerySpace["plane"] = "acquired") {
  const match = { score: 1, record: storedVector("a", { source, ...told }), duplicates: [] };
  const page = await galleryPage({ text: "chest" }, [match], { ...LOOK, plane });
  const [, jpeg] = /src="data:image\/jpeg;base64,([^"]+)"/.exec(page) ?? [];
  assert.ok(jpeg, page);
  const { data, info } = await sharp(Buffer.from(jpeg, "base64"))
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  return { width: info.width, height: info.height, mean, data };
}

test("a NIfTI file is shown by its middle slice, in the plane of the library", async () => {
  const path = join(await temporaryFolder(), "volume.nii.gz");
  const values = Array.from({ length: 12 * 10 * 3 }, (_, i) => Math.floor(i / 120) * 100); // slices of 0, 100 and 200
  await writeFile(path, writeNifti(values, { dims: [12, 10, 3], isPacked: true }));
  const acquired = await shown(path, { slices: 3 });
  assert.deepEqual([acquired.width, acquired.height], [12, 10]);
  assert.ok(Math.abs(acquired.mean - 127.5) < 2, String(acquired.mean));
  const known = [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
  ];
  await writeFile(path, writeNifti(values, { dims: [12, 10, 3], sform: known, isPacked: true }));
  const coronal = await shown(path, { slices: 10 }, "coronal");
  assert.deepEqual([coronal.width, coronal.height], [12, 3]);
});

test("a series is shown by the frame of its middle slice, turned upright", async () => {
  const path = join(await temporaryFolder(), "series.dcm");
  const frame = (left: number, right: number) => Array.from({ length: 64 }, (_, i) => (i % 8 < 4 ? left : right));
  const orientation = { "00200037": ["DS", "-1\\0\\0\\0\\1\\0"] } as const; // rows run to the patient's right
  const more = {
    "00280010": ["US", [8]],
    "00280011": ["US", [8]],
    "52009229": ["SQ", [{ "00209116": ["SQ", [orientation]], "00289110": ["SQ", [{ "00280030": ["DS", "1\\1"] }]] }]],
  } as const;
  const frames = [frame(0, 0), frame(0, 200), frame(0, 0)];
  await writeFile(path, writeEnhanced(frames, [1, 2, 3], more));
  const { data, width } = await shown(path, { slices: 3, frame: 2, listing: "ab" });
  assert.equal(width, 8);
  assert.ok(data[0] > 200 && data[7] < 50, `${data[0]} ${data[7]}`);
});
