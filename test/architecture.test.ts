import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { test } from "node:test";
import { globSync } from "tinyglobby";

/** The rooms of `src`, from the lowest floor up: a room imports its own and lower floors only. */
const FLOORS: readonly (readonly string[])[] = [
  [
    "assembly.ts",
    "clock.ts",
    "cosine.ts",
    "nearest-word.ts",
    "csv-line.ts",
    "errors.ts",
    "facts.ts",
    "image.ts",
    "in-parallel.ts",
    "retry-after.ts",
    "schema-fault.ts",
    "tensor.ts",
    "vector-space.ts",
    "worker-thread.ts",
  ],
  ["dicomweb", "formats", "models", "redis", "reports", "s3", "vector-files", "worker-pool.ts"],
  ["profiles", "text"],
  ["batcher.ts", "inference", "convert", "preparation"],
  ["embedder.ts"],
  ["applications", "batch", "library"],
  ["queue"],
  ["server", "client", "index.ts"],
  ["cli"],
];
/** The nouns know nothing but each other's errors. */
const GROUND_FLOOR = 0;
const NOUN_OF_ALL = "errors.ts";

/** Names that say nothing: a thing gets its real name. */
const FORBIDDEN_NAMES = /^(utils?|helpers?|common|types|misc|shared)$/;

/** Packages that one file alone may import, so that what is special about them is dealt with in one place. */
const SOLE_IMPORTERS: Readonly<Record<string, string>> = {
  "onnxruntime-node": "inference/inference-worker.ts",
  sharp: "formats/sharp.ts",
  "dicom-parser": "formats/dicom/dicom-parser.ts",
  "dcmjs-codecs": "formats/dicom/codecs.ts",
  fastify: "server/app.ts",
  "@lancedb/lancedb": "library/lancedb.ts",
  "@aws-sdk/client-s3": "s3/s3-source.ts",
  bullmq: "queue/bullmq.ts",
  ioredis: "redis/redis.ts",
  koffi: "cli/return-freed-memory.ts",
};

interface Import {
  /** Relative to src, e.g. "convert/davit.ts". */
  readonly from: string;
  /** As written, e.g. "../errors.ts" or "sharp". */
  readonly specifier: string;
}

const root = join(import.meta.dirname, "../src");
const files = globSync("**/*.{ts,tsx,mts,js}", { cwd: root }).sort();
const imports = files.flatMap((from) =>
  importsOf(readFileSync(join(root, from), "utf8")).map((specifier) => ({ from, specifier })),
);

/** All that a module names as another one: imports and re-exports, dynamic imports, URLs of worker scripts. */
function importsOf(source: string, { withTypes = true } = {}): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, " ").replace(/(^|[\s;{}(])\/\/.*$/gm, "$1");
  const patterns = [
    /(?:^|[\n;}])\s*(?:import|export)\b[^"'`;]*?\bfrom\s*(["'`])(.*?)\1/g,
    /(?:^|[\n;}])\s*import\s*(["'`])(.*?)\1/g,
    /\bimport\s*\(\s*(["'`])(.*?)\1/g,
    /\b(?:require|import\.meta\.resolve)\s*\(\s*(["'`])(.*?)\1/g,
    /\bnew\s+URL\s*\(\s*(["'`])([^"'`]*\.ts)\1\s*,\s*import\.meta\.url/g,
  ];
  const isWanted = (statement: string) => withTypes || !/^\W*(import|export)\s+type\b/.test(statement);
  return patterns.flatMap((pattern) =>
    [...code.matchAll(pattern)].flatMap(([statement, , specifier]) => (isWanted(statement) ? [specifier] : [])),
  );
}

function roomOf(path: string): string {
  return path.split("/")[0];
}

function floorOf(path: string): number {
  return FLOORS.findIndex((rooms) => rooms.includes(roomOf(path)));
}

/** Where a relative import leads, relative to src; undefined for packages. */
function targetOf({ from, specifier }: Import): string | undefined {
  return specifier.startsWith(".") ? posix.normalize(posix.join(dirname(from), specifier)) : undefined;
}

/** What is wrong with an import, or nothing. */
function faultOf(found: Import): string | undefined {
  const { from } = found;
  const target = targetOf(found);
  if (target === undefined) return undefined;
  const line = `${from} → ${target}`;
  if (target.startsWith("..")) return `${line} leaves src`;
  if (floorOf(target) < 0) return `${line} is on no floor`;
  if (floorOf(from) === GROUND_FLOOR)
    return target === NOUN_OF_ALL ? undefined : `${line}: the ground floor imports ${NOUN_OF_ALL} only`;
  if (roomOf(from) === roomOf(target) || floorOf(target) < floorOf(from)) return undefined;
  return floorOf(target) === floorOf(from) ? `${line} goes to another room of the same floor` : `${line} goes upstairs`;
}

test("the imports are read, in whatever way they are written", () => {
  const source = `
    import { a } from "./a.ts"; import type { b } from './b.ts';
    import "./c.ts";
    import d, {
      type e,
    } from "./d.ts";
    export { f } from "./f.ts"; export * from "./g.ts";
    const h = async () => (await import("./h.ts")).h;
    const i = new URL("./i.ts", import.meta.url);
    // import { j } from "./j.ts";
    /* import { k } from "./k.ts"; */
    const text = "a ban on import from elsewhere";
  `;
  assert.deepEqual(importsOf(source).sort(), [
    "./a.ts",
    "./b.ts",
    "./c.ts",
    "./d.ts",
    "./f.ts",
    "./g.ts",
    "./h.ts",
    "./i.ts",
  ]);
  assert.ok(!importsOf(source, { withTypes: false }).includes("./b.ts"), "a type is erased before anything runs");
  assert.ok(imports.length > files.length, "every file but the nouns imports something");
});

test("a wrong import is seen", () => {
  const wrong: [from: string, specifier: string, fault: RegExp][] = [
    ["models/card.ts", "../convert/layers.ts", /upstairs/],
    ["convert/layers.ts", "../inference/engine.ts", /same floor/],
    ["convert/layers.ts", "../batcher.ts", /same floor/],
    ["text/tokenizer.ts", "../utils/x.ts", /no floor/],
    ["text/tokenizer.ts", "../../test/x.ts", /leaves src/],
    ["image.ts", "./tensor.ts", /ground floor/],
  ];
  for (const [from, specifier, fault] of wrong) assert.match(faultOf({ from, specifier }) ?? "nothing", fault);
  assert.equal(faultOf({ from: "convert/build-bundle.ts", specifier: "../text/tokenizer.ts" }), undefined);
});

test("every file of src stands on a floor", () => {
  assert.deepEqual(
    files.filter((file) => floorOf(file) < 0),
    [],
  );
});

test("every import leads to its own room or to a lower floor", () => {
  assert.deepEqual(
    imports.map(faultOf).filter((fault) => fault !== undefined),
    [],
  );
});

test("every relative import leads to a file that is there", () => {
  const targets = imports.map(targetOf).filter((target) => target !== undefined);
  assert.deepEqual(
    targets.filter((target) => !files.includes(target)),
    [],
  );
});

for (const [name, importer] of Object.entries(SOLE_IMPORTERS)) {
  test(`${name} is loaded by ${importer} alone`, () => {
    const loads = (file: string) =>
      importsOf(readFileSync(join(root, file), "utf8"), { withTypes: false }).some(
        (specifier) => specifier === name || specifier.startsWith(`${name}/`),
      );
    assert.deepEqual(files.filter(loads), [importer]);
  });
}

/** Figures that a page computes while somebody drags, and the windows that it proposes: pure, and nothing of Node in what they import, or the bundle would not build. */
const FOR_PAGES = /\/src\/(applications\/(metrics|operating-points)\/[\w-]+|profiles\/renderings\/ct-windows)\.ts$/;

test("the explorer knows types of src, and figures that need nothing else", () => {
  const cwd = join(root, "../web/src");
  const foreign = globSync("**/*.{ts,tsx}", { cwd, absolute: true }).flatMap((path) =>
    importsOf(readFileSync(path, "utf8"), { withTypes: false }).filter(
      (specifier) => specifier.includes("/src/") && !FOR_PAGES.test(specifier),
    ),
  );
  assert.deepEqual(foreign, []);
});

test("every file and folder of ours has a telling name", () => {
  const folders = ["src", "web/src", "test", "bench", "scripts"].map((folder) => join(root, "..", folder));
  const ours = folders.flatMap((cwd) =>
    globSync("**/*.{ts,tsx,mjs,js}", { cwd, ignore: ["**/node_modules/**", "files/**"], absolute: true }),
  );
  const parts = ours.flatMap((path) => relative(join(root, ".."), path).split(/[\\/]/));
  assert.ok(parts.length > 100);
  assert.deepEqual(
    parts.filter((part) => FORBIDDEN_NAMES.test(part.replace(/\..*$/, ""))),
    [],
  );
});
