import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { answer, playing } from "./fault-server.ts";

const SRC = new URL("../../src/", import.meta.url);
const ENTRY = new URL("client/index.ts", SRC);

/** Every module that one needs at run time or for its types, and what it names. */
function importGraph(module: URL, graph = new Map<string, string[]>()): Map<string, string[]> {
  if (graph.has(module.href)) return graph;
  const source = readFileSync(module, "utf8");
  const specifiers = [...source.matchAll(/(?:\bfrom|\bimport\s*\(?)\s*["']([^"']+)["']/g)].map((found) => found[1]);
  graph.set(module.href, specifiers);
  for (const specifier of specifiers) if (specifier.startsWith(".")) importGraph(new URL(specifier, module), graph);
  return graph;
}

/** Where the client's files are. */
const ROOMS = [
  "client/",
  "profiles/",
  "errors.ts",
  "image.ts",
  "assembly.ts",
  "clock.ts",
  "in-parallel.ts",
  "retry-after.ts",
  "formats/image-limits.ts",
  "formats/multiply-255.ts",
];

test("the client is made of its own files, the recipes and what lies below them; no package and nothing of Node's is imported", () => {
  const graph = importGraph(ENTRY);
  assert.ok(graph.size > 10);
  for (const [module, specifiers] of graph) {
    const path = module.slice(SRC.href.length);
    assert.ok(
      ROOMS.some((room) => path.startsWith(room)),
      path,
    );
    assert.deepEqual(
      specifiers.filter((specifier) => !specifier.startsWith(".")),
      [],
      module,
    );
  }
});

test("the package gives it as medembed/client", () => {
  const { exports } = JSON.parse(readFileSync(new URL("../package.json", SRC), "utf8"));
  assert.deepEqual(exports["./client"], { types: "./dist/client/index.d.ts", default: "./dist/client/index.js" });
});

async function runWithoutNode(...args: string[]) {
  const script = fileURLToPath(new URL("without-node.mjs", import.meta.url));
  const child = spawn(process.execPath, ["--import", new URL("../scripts/tsx.mjs", SRC).href, script, ...args]);
  return Promise.all([text(child.stdout), text(child.stderr)]);
}

test("it scores and prepares pictures where there is nothing but what browsers have", async () => {
  const { endpoint } = await playing((response, { body }) => {
    const [[image, sent]] = JSON.parse(body).input_data.data;
    const row = { text_features: [sent.length], ...(image && { image_features: [[...Buffer.from(image, "base64")]] }) };
    const play = sent === "bad" ? answer(424, {}) : answer(200, [row]);
    play(response, { headers: {}, body });
  });
  const [stdout, stderr] = await runWithoutNode(endpoint);
  const lines = ['[0,{"text":[5],"image":[]}]', '[1,{"text":[4],"image":[1,2,3]}]', '[2,"input"]'];
  const prepared = ['["toolkit-480",137,80,78,71]', '["mcp-512-jpeg",0,0,0,0]'];
  assert.equal(stdout, `${[...lines, ...prepared].join("\n")}\n`, stderr);
});

test("a module that asks for Node is found out there", async () => {
  const { endpoint } = await playing(answer(200, [{ text_features: [1] }]));
  const [stdout, stderr] = await runWithoutNode(endpoint, new URL("models/hash-file.ts", SRC).href);
  assert.equal(stdout, "");
  assert.match(stderr, /Error: imports node:/);
});
