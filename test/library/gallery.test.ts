import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { sharp } from "../../src/formats/sharp.ts";
import { galleryPage } from "../../src/library/gallery.ts";
import { goldenFile } from "../golden-small.ts";
import { SPACE, storedVector } from "./synthetic.ts";

const dicom = fileURLToPath(new URL("../../examples/dicom/ct-chest.dcm", import.meta.url));
const picture = goldenFile("img2_300x200_L.png");

test("a page has the pictures of the query and the matches in it, DICOM among them, and needs nothing else", async () => {
  const record = storedVector("a", { source: dicom, facts: { modality: "CT", sliceThickness: 2.5 } });
  const copy = { score: 0.5, record: storedVector("b", { source: "/copies/b.png" }) };
  const page = await galleryPage(
    { image: picture, bytes: await readFile(picture) },
    [{ score: 0.75, record, duplicates: [copy] }],
    SPACE,
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
  const page = await galleryPage({ text: "</p><script>" }, [{ score: 1, record, duplicates: [] }], SPACE);
  assert.doesNotMatch(page, /<script|<img|<b>CHEST/);
  assert.match(page, /&lt;b&gt;CHEST&amp;/);
});

test("a picture that cannot be shown says why in its place", async () => {
  const sources = ["/nowhere/a.png", fileURLToPath(import.meta.url)];
  const matches = sources.map((source) => ({ score: 1, record: storedVector(source, { source }), duplicates: [] }));
  const page = await galleryPage({ text: "chest" }, matches, SPACE);
  assert.match(page, /class="picture gone">the file is gone</);
  assert.match(page, /class="picture gone">the \d+ bytes start like none of/);
});
