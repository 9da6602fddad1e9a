import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { evaluate } from "../../src/cli/evaluate/evaluate.ts";
import { all, heads } from "../applications/heads/small-vectors.ts";
import { assertClose, reference } from "../applications/reference.ts";
import { temporaryFolder } from "../golden-small.ts";
import { chromium, lookAt } from "../reports/browser.ts";
import { medembed } from "./run.ts";

const folder = await temporaryFolder();
const at = (name: string) => join(folder, name);
const run = (...args: string[]) => medembed(args, { cwd: folder });
const expected = reference("retrieval");
const NAMES = ["atelectasis", "cardiomegaly", "effusion", "normal"];

async function writeVectors(name: string, idOf: (row: number) => string, told: object = {}): Promise<void> {
  const space = {
    kind: "image",
    model: "small",
    weights: "0f".repeat(32),
    profile: "direct",
    precision: "fp32",
    ...told,
  };
  const lines = Array.from(all.labels, (label, row) => {
    const vector = Array.from(all.vectors.values.subarray(row * 64, (row + 1) * 64));
    const known = { source: `pictures/${row}.png`, patient: all.groups[row], "label.finding": NAMES[label] };
    return `${JSON.stringify({ id: idOf(row), ...known, ...space, vector })}\n`;
  });
  await writeFile(at(name), lines.join(""));
}

const isTest = new Set<number>(heads.test);
const labelLine = (id: string, row: number, group = "") =>
  `${id},${NAMES[all.labels[row]]},${group},${isTest.has(row) ? "test" : ""}\n`;
const HEAD = "id,label,group,split\n";
const rows = [...all.labels.keys()];

await writeVectors("vectors.jsonl", (row) => `pictures/${row}.png`);
await writeVectors("other.jsonl", (row) => `pictures/${row}.png`, { profile: "mi2-service" });
await writeVectors("slices.jsonl", (row) => `v${Math.floor(row / 3)}#${row}`);
await writeFile(
  at("labels.csv"),
  HEAD + rows.map((row) => labelLine(`pictures/${row}.png`, row, all.groups[row])).join(""),
);
await writeFile(
  at("groups.csv"),
  `id,label,group\n${rows.map((row) => `pictures/${row}.png,${NAMES[all.labels[row]]},${all.groups[row]}\n`).join("")}`,
);
await writeFile(at("alone.csv"), HEAD + rows.map((row) => labelLine(`pictures/${row}.png`, row)).join(""));
await writeFile(
  at("volumes.csv"),
  HEAD +
    rows
      .slice(0, 100)
      .map((i) => labelLine(`v${i}`, 3 * i))
      .join(""),
);
await writeFile(at("one.csv"), `id,label\n${rows.map((row) => `pictures/${row}.png,normal\n`).join("")}`);
await writeFile(at("none.csv"), `id,label\n${rows.map((row) => `pictures/${row}.png,\n`).join("")}`);
await writeFile(at("twice.csv"), "id,label\npictures/0.png,a\npictures/0.png,b\n");

interface Printed {
  readonly items: number;
  readonly labels: readonly string[];
  readonly methods: Readonly<Record<string, { queries: number; atRanks: { k: number; figures: Figures }[] }>>;
}
type Figures = Readonly<Record<string, { micro: { value: number }; macro: { value: number }; perLabel: number[] }>>;

function assertFigures(printed: Printed, method: string, wanted: Record<string, Record<string, unknown>>[]): void {
  for (const [i, { figures }] of printed.methods[method].atRanks.entries()) {
    for (const [name, { micro, macro }] of Object.entries(figures)) {
      assertClose([micro.value, macro.value], [wanted[i][name].micro, wanted[i][name].macro], { what: `${name} ${i}` });
    }
  }
}

const skip = chromium === undefined && "no chromium on this machine";

test("a file of vectors is measured, patients apart, as JSON, as a table and as a report", async () => {
  const args = ["evaluate", "vectors.jsonl", "--labels", "labels.csv", "--k", "10,1,5"];
  const { code, stdout, stderr } = await run(...args, "--json", "--report", "search.html");
  assert.deepEqual([code, stderr], [0, "report: search.html\n"]);
  const printed = JSON.parse(stdout);
  assert.deepEqual([printed.items, printed.labels, printed.methods.vectors.queries], [300, NAMES, 300]);
  assertFigures(printed, "vectors", expected.patientsApart);
  assert.equal(await readFile(at("search.json"), "utf8"), stdout);
  const { value, low, high } = printed.methods.vectors.atRanks[1].figures.precision.macro;
  const csv = (await readFile(at("search.csv"), "utf8")).split("\r\n");
  assert.ok(csv.includes(`vectors,5,precision,macro,,${value},${low},${high}`));
  const table = await run(...args);
  assert.match(
    table.stdout,
    /^300 queries of 100 groups, among 300 items, .*\n\nsearch +k +mean +P@k +hit@k +recall@k /,
  );
  assert.match(table.stdout, new RegExp(`^vectors +5 +macro +${value.toFixed(3)} \\(`, "m"));
});

test("the report of a search is shown by a browser", { skip }, async () => {
  const look = `[...document.querySelectorAll("h2, figcaption")].map((title) => title.textContent)`;
  const { complaints, requests, value } = await lookAt(at("search.html"), look);
  assert.deepEqual([complaints, requests], [[], []]);
  assert.deepEqual(value, ["Figures", "Precision", "P@k", "Labels"]);
});

test("queries may be a part of the rows, or a file of their own, and copies may be left out", async () => {
  const args = ["evaluate", "vectors.jsonl", "--labels", "alone.csv", "--k", "1,5,10", "--json"];
  assertFigures(JSON.parse((await run(...args, "--part", "test")).stdout), "vectors", expected.testAmongOthers);
  assertFigures(JSON.parse((await run(...args, "--queries", "vectors.jsonl")).stdout), "vectors", expected.itselfApart);
  const likeness = ["--near-duplicates", String(expected.likeness)];
  assertFigures(JSON.parse((await run(...args, ...likeness)).stdout), "vectors", expected.withoutNearDuplicates);
});

test("volumes are searched by every aggregate and every vote", async () => {
  const { code, stdout, stderr } = await run(
    ...["evaluate", "slices.jsonl", "--labels", "volumes.csv", "--volumes", "#", "--k", "1,5,10", "--json"],
  );
  assert.equal(code, 0, stderr);
  const printed = JSON.parse(stdout);
  for (const [method, wanted] of Object.entries(expected.volumes)) assertFigures(printed, method, wanted as never);
});

test("what an adapter sees is searched beside the vectors, and finds its own classes better", async () => {
  const adapter = ["--head", "adapter-network", "--epochs", "4", "--hidden", "16", "--out", "network"];
  const trained = await run("adapter", "train", "vectors.jsonl", "--labels", "groups.csv", ...adapter);
  assert.equal(trained.code, 0, trained.stderr);
  const { stdout } = await run(
    "evaluate",
    "vectors.jsonl",
    "--labels",
    "labels.csv",
    "--k",
    "5",
    "--adapter",
    "network",
    "--json",
  );
  const { methods } = JSON.parse(stdout) as Printed;
  const [plain, seen] = ["vectors", "adapter feature"].map(
    (name) => methods[name].atRanks[0].figures.precision.macro.value,
  );
  assert.ok(seen > plain, `${seen} is not more than ${plain}`);
});

test("a library is measured by a label or a fact, patients apart", async () => {
  const added = await run("library", "import", "vectors.jsonl", "--library", "lib");
  assert.equal(added.code, 0, added.stderr);
  const args = ["evaluate", "--library", "lib", "--k", "1,5,10"];
  const { code, stdout, stderr } = await run(...args, "--label", "label.finding", "--json");
  assert.deepEqual([code, stderr], [0, ""]);
  assertFigures(JSON.parse(stdout), "vectors", expected.patientsApart);
  const without = await run(...args, "--label", "modality");
  assert.deepEqual([without.code, without.stdout], [1, ""]);
  assert.match(without.stderr, /no record of the library has modality: label them, or name another field/);
});

const [vectors, labels] = [at("vectors.jsonl"), at("labels.csv")];

const REFUSED: readonly [
  args: readonly string[],
  options: Readonly<Record<string, string>>,
  code: string,
  message: RegExp,
][] = [
  [[], {}, "usage", /name one thing to evaluate/],
  [[vectors], { labels, library: "lib" }, "usage", /name one thing to evaluate/],
  [[vectors], {}, "usage", /--labels is needed/],
  [[vectors], { labels, k: "0" }, "usage", /--k 0 must be whole numbers from 1 to 1000/],
  [[vectors], { labels, k: "1,400" }, "invalid-data", /k is 400, but there are 299 items to find: take a smaller k/],
  [[vectors], { labels: at("one.csv"), k: "1" }, "invalid-data", /there is one label only/],
  [[vectors], { labels: at("none.csv") }, "invalid-data", /none of the 300 ids of the labels/],
  [[vectors], { labels: at("twice.csv") }, "invalid-data", /lines 2 and 3 of the labels have the same id/],
  [
    [vectors],
    { labels, part: "validation" },
    "invalid-data",
    /no labelled vector has the split "validation": .*; the labels name test$/,
  ],
  [[vectors], { labels, queries: vectors, part: "test" }, "usage", /give --queries or --part, not both/],
  [[vectors], { labels, queries: at("other.jsonl") }, "wrong-space", /profile mi2-service.*they do not compare/],
  [[vectors], { labels, nearDuplicates: "2" }, "usage", /--near-duplicates 2 must be a cosine/],
  [[vectors], { labels, prompt: "chest" }, "usage", /--prompt needs \{label\}/],
  [[vectors], { labels, volumes: "#" }, "invalid-data", /an id has no "#" behind the name of a volume/],
  [[vectors], { labels, volumes: "#", nearDuplicates: "0.9" }, "usage", /--volumes takes a file of vectors of slices/],
  [[], { library: at("lib"), label: "label.findng" }, "invalid-data", /has label\.findng: .*did you mean finding\?/],
  [[], { library: at("lib"), label: "modalty" }, "usage", /--label modalty is unknown; did you mean modality\?/],
  [[], { library: at("lib"), label: "colour" }, "usage", /--label colour is unknown; known are id, source,/],
];

for (const [args, options, code, message] of REFUSED) {
  test(`refused: ${message.source}`, async () => {
    await assert.rejects(evaluate(args, options), { code, message });
  });
}
