import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { map } from "../../src/cli/library/map.ts";
import { temporaryFolder } from "../golden-small.ts";
import { SPACE, unitVector } from "../library/synthetic.ts";
import { chromium, lookAt } from "../reports/browser.ts";
import { medembed } from "./run.ts";

const folder = await temporaryFolder();
const run = (...args: string[]) => medembed(args, { cwd: folder });
const drawMap = (...args: string[]) => run("library", "map", "--library", "lib", ...args);
const modalities = ["CT", "MR", "US"];

async function addRecords(file: string, from: number, to: number): Promise<void> {
  const { dimensions, ...space } = SPACE;
  const lines = Array.from({ length: to - from }, (_, i) => {
    const id = String(from + i).padStart(2, "0");
    const modality = modalities[(from + i) % 3];
    const known = { id, source: `/pictures/${id}.png`, modality, kind: "image", precision: "fp32", ...space };
    const [own, shared] = [unitVector(id), unitVector(modality)];
    const vector = shared.map((value, k) => 0.9 * value + 0.1 * own[k]);
    const length = Math.hypot(...vector);
    return `${JSON.stringify({ ...known, vector: Array.from(vector, (value) => value / length) })}\n`;
  });
  await writeFile(join(folder, file), lines.join(""));
  const { code, stderr } = await run("library", "import", file, "--library", "lib");
  assert.equal(code, 0, stderr);
}

await addRecords("first.jsonl", 0, 60);

interface Figures {
  readonly placed: number;
  readonly notPlaced: number;
  readonly points: readonly { readonly id: string; readonly x: number; readonly y: number }[];
}

test("a map puts what is alike together, is kept, and is made the same again", async () => {
  const made = await drawMap("--json");
  assert.equal(made.code, 0, made.stderr);
  const { placed, notPlaced, points } = JSON.parse(made.stdout) as Figures;
  assert.deepEqual([placed, notPlaced], [60, 0]);
  const groupOf = ({ id }: { id: string }) => Number(id) % 3;
  for (const point of points) {
    const others = points.filter((other) => other !== point);
    const distance = (other: { x: number; y: number }) => Math.hypot(other.x - point.x, other.y - point.y);
    const nearest = others.reduce((a, b) => (distance(b) < distance(a) ? b : a));
    assert.equal(groupOf(nearest), groupOf(point), point.id);
  }
  assert.equal((await drawMap("--json")).stdout, made.stdout);
  const renewed = JSON.parse((await drawMap("--json", "--renew")).stdout) as Figures;
  assert.deepEqual(renewed.points, points);
});

const skip = chromium === undefined && "no chromium on this machine";

test("a map is drawn in the colours of a field, and records that came later are told", { skip }, async () => {
  await drawMap();
  await addRecords("second.jsonl", 60, 63);
  const { code, stdout, stderr } = await drawMap("--report", "map.html");
  assert.deepEqual([code, stdout], [0, "umap map of 60 records, seed 0, as it was kept\n"]);
  assert.match(stderr, /note: records added later have no place: 3; --renew gives them one\n$/);
  const look = `({
    titles: [...document.querySelectorAll("h2, figcaption")].map((title) => title.textContent),
    legend: [...document.querySelectorAll("svg g[transform] > text")].map((text) => text.textContent),
    points: document.querySelectorAll("svg path.filled > title").length,
    later: document.querySelector("header").textContent.includes("Records added later, without a place: 3"),
  })`;
  const { complaints, requests, value } = await lookAt(join(folder, "map.html"), look);
  assert.deepEqual([complaints, requests], [[], []]);
  assert.deepEqual(value, {
    titles: ["By modality", "60 records by modality"],
    legend: modalities,
    points: 60,
    later: true,
  });
  const csv = (await readFile(join(folder, "map.csv"), "utf8")).split("\r\n");
  assert.deepEqual([csv[0], csv[61]], ["id,source,modality,x,y", "60,/pictures/60.png,CT,,"]);
  const renewed = await drawMap("--renew", "--method", "pca");
  assert.equal(renewed.stdout, "pca map of 63 records, seed 0\n");
});

test("what makes no sense is refused", async () => {
  const library = join(folder, "lib");
  await assert.rejects(map([], { library, method: "tsne" }), {
    code: "usage",
    message: /--method tsne is unknown; known are umap, pca/,
  });
  await assert.rejects(map([], { library, colour: "hue" }), {
    code: "usage",
    message: /--colour hue is unknown; known are id, source/,
  });
  await assert.rejects(map([], { library, seed: "-1" }), { code: "usage", message: /--seed -1/ });
  await assert.rejects(map([], { library: join(folder, "nowhere") }), { code: "not-found" });
});
