import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { MedembedError } from "../../src/errors.ts";
import { parseModelConfig } from "../../src/models/model-config.ts";
import { goldenFile } from "../golden-small.ts";
import { OFFICIAL_CONFIG } from "../official-config.ts";

const small = readFileSync(goldenFile("config.yaml"), "utf8");

test("the published config is read value by value", () => {
  const { image, text, projection } = parseModelConfig(OFFICIAL_CONFIG);
  const first = { patchSize: 7, patchStride: 4, patchPadding: 3, prenorm: false };
  const later = { patchSize: 3, patchStride: 2, patchPadding: 1, prenorm: true };
  assert.deepEqual(image, {
    height: 480,
    width: 480,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
    window: 12,
    stages: [
      { ...first, width: 256, heads: 8, groups: 8, depth: 1 },
      { ...later, width: 512, heads: 16, groups: 16, depth: 1 },
      { ...later, width: 1024, heads: 32, groups: 32, depth: 9 },
      { ...later, width: 2048, heads: 64, groups: 64, depth: 1 },
    ],
  });
  assert.deepEqual(text, { contextLength: 77, width: 1024, heads: 16, layers: 16 });
  assert.equal(projection, 1024);
});

test("heads and groups are not mixed up, and the size is stored as width and height", () => {
  const { image, text, projection } = parseModelConfig(small.replace("- 160\n  - 160", "- 160\n  - 96"));
  assert.deepEqual([image.width, image.height], [160, 96]);
  assert.deepEqual(
    image.stages.map(({ width, heads, groups, depth }) => [width, heads, groups, depth]),
    [
      [8, 1, 2, 1],
      [16, 2, 2, 1],
      [24, 3, 4, 2],
      [32, 4, 8, 1],
    ],
  );
  assert.deepEqual([text.width, text.heads, text.layers, projection], [32, 4, 2, 20]);
});

/** What stands in the official config, what takes its place, and what the message must name. */
const WRONG: readonly [from: string, to: string, message: RegExp][] = [
  ["NAME: davit_v1", "NAME: vit", /IMAGE_ENCODER\.NAME is "vit", needed: "davit_v1"/],
  ["NAME: transformer", "NAME: bert", /LANG_ENCODER\.NAME is "bert"/],
  ["TOKENIZER: clip", "TOKENIZER: wordpiece", /LANG_ENCODER\.TOKENIZER/],
  ["AUTOGRESSIVE: false", "AUTOGRESSIVE: true", /AUTOGRESSIVE is true, needed: false/],
  ["  AUTOGRESSIVE: false\n", "", /AUTOGRESSIVE is nothing/],
  ["IMAGE_SIZE: [480, 480]", "IMAGE_SIZE: 480", /IMAGE_SIZE is 480, needed: a list of 2 numbers/],
  ["IMAGE_SIZE: [480, 480]", "IMAGE_SIZE: [480, 480, 3]", /IMAGE_SIZE/],
  ["IMAGE_SIZE: [480, 480]", "IMAGE_SIZE: [480, 0]", /IMAGE_SIZE/],
  ["IMAGE_SIZE: [480, 480]", "IMAGE_SIZE: [480, 1e9]", /IMAGE_SIZE .* from 1 to 4096/],
  ["IMAGE_SIZE: [480, 480]", "IMAGE_SIZE: [4096, 4096]", /IMAGE_SIZE .* 1 to 262144 patches/],
  ["PATCH_PADDING: [3, 1, 1, 1]", "PATCH_PADDING: [3, 1, 1, 3]", /PATCH_PADDING is 3/],
  ["PATCH_PADDING: [3, 1, 1, 1]", "PATCH_PADDING: [3, 1, 1, -1]", /PATCH_PADDING is -1/],
  ["PATCH_PRENORM: [false, true, true, true]", "PATCH_PRENORM: [0, 1, 1, 1]", /PATCH_PRENORM .* 4 booleans/],
  ["NUM_HEADS: [8, 16, 32, 64]", "NUM_HEADS: [8, 16, 32, 63]", /NUM_HEADS is 63, needed: a divisor of DIM_EMBED/],
  ["NUM_GROUPS: [8, 16, 32, 64]", "NUM_GROUPS: [8, 16, 32]", /NUM_GROUPS .* 4 numbers/],
  ["NUM_GROUPS: [8, 16, 32, 64]", "NUM_GROUPS: [7, 16, 32, 64]", /NUM_GROUPS is 7/],
  ["DEPTHS: [1, 1, 9, 1]", "DEPTHS: [1, 1, 9.5, 1]", /DEPTHS/],
  ["DEPTHS: [1, 1, 9, 1]", "DEPTHS: [1, 1, 900000000, 1]", /DEPTHS .* from 1 to 256/],
  ["DIM_EMBED: [256, 512, 1024, 2048]", "DIM_EMBED: []", /DIM_EMBED/],
  ["DIM_EMBED: [256, 512, 1024, 2048]", "DIM_EMBED: [256, 512, 1024, .inf]", /DIM_EMBED/],
  ["IMAGE_STD: [0.229, 0.224, 0.225]", "IMAGE_STD: [0.229, 0.224, 0]", /IMAGE_STD .* above 0/],
  ["IMAGE_MEAN: [0.485, 0.456, 0.406]", "IMAGE_MEAN: [0.485, 0.456, .nan]", /IMAGE_MEAN/],
  ["HEADS: 16", "HEADS: 15", /LANG_ENCODER\.HEADS is 15, needed: a divisor of WIDTH \(1024\)/],
  ["CONTEXT_LENGTH: 77", "CONTEXT_LENGTH: 77777777", /CONTEXT_LENGTH .* from 1 to 4096/],
  ["CONTEXT_LENGTH: 77", 'CONTEXT_LENGTH: "77"', /CONTEXT_LENGTH is "77"/],
  ["DIM_PROJECTION: 1024", "DIM_PROJECTION: null", /UNICL_MODEL\.DIM_PROJECTION is null/],
  ["UNICL_MODEL:", "UNICL:", /UNICL_MODEL\. must be a mapping/],
];

test("each value that makes no sense is refused by its name", () => {
  for (const [from, to, message] of WRONG) {
    assert.ok(OFFICIAL_CONFIG.includes(from), from);
    assert.throws(() => parseModelConfig(OFFICIAL_CONFIG.replace(from, to)), { code: "invalid-config", message }, to);
  }
});

test("an image too small for its patches is refused", () => {
  const tiny = OFFICIAL_CONFIG.replace("[480, 480]", "[1, 1]").replace("[3, 1, 1, 1]", "[0, 0, 0, 0]");
  assert.throws(() => parseModelConfig(tiny), { code: "invalid-config", message: /IMAGE_SIZE/ });
});

test("what is no YAML, no mapping, or a bomb is refused at once", () => {
  const bomb = ["a: &a [x, x, x, x, x, x, x, x, x]"];
  for (const [name, below] of [..."bcdefghi"].map((name, i) => [name, "abcdefghi"[i]])) {
    bomb.push(`${name}: &${name} [${Array(9).fill(`*${below}`).join(", ")}]`);
  }
  const refused = [
    "",
    "just a word",
    "- a\n- list",
    "a: b: c",
    "a: *nowhere",
    "{",
    `${bomb.join("\n")}\n${OFFICIAL_CONFIG.replace("IMAGE_SIZE: [480, 480]", "IMAGE_SIZE: *i")}`,
    OFFICIAL_CONFIG.replace("IMAGE_SIZE: [480, 480]", "IMAGE_SIZE: &circle [*circle]"),
    OFFICIAL_CONFIG.replace("WINDOW_SIZE: 12", "WINDOW_SIZE: &circle { a: *circle }"),
    `a: ${"[".repeat(100_000)}`,
    " ".repeat(300_000),
  ];
  for (const yaml of refused) {
    assert.throws(() => parseModelConfig(yaml), { name: "MedembedError", code: "invalid-config" }, yaml.slice(0, 40));
  }
});

function parseOrRefuse(yaml: string): void {
  try {
    parseModelConfig(yaml);
  } catch (error) {
    if (!(error instanceof MedembedError)) throw error;
    assert.equal(error.code, "invalid-config");
    assert.ok(error.message.length < 1000, "a message quotes no more than a few words");
  }
}

test("a damaged config is read or refused, whatever the damage", () => {
  const lines = small.split("\n");
  const snippets = fc.constantFrom(
    "&a ",
    "*a",
    "!!binary ",
    "<<: ",
    "- ",
    "{",
    "}",
    "[",
    ": ",
    "\t",
    "1e999",
    "-0",
    "~",
    "|\n",
    "? ",
    "%YAML 9\n",
    "__proto__: ",
  );
  const damage = fc.record({
    line: fc.nat(lines.length - 1),
    at: fc.nat(30),
    insert: fc.oneof(snippets, fc.string({ unit: "binary", maxLength: 6 })),
  });
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (changes) => {
      const damaged = [...lines];
      for (const { line, at, insert } of changes)
        damaged[line] = damaged[line].slice(0, at) + insert + damaged[line].slice(at);
      parseOrRefuse(damaged.join("\n"));
    }),
    { numRuns: 300 },
  );
});

test("values of any type in any place are read or refused", () => {
  const official = OFFICIAL_CONFIG.split("\n").filter((line) => /: ./.test(line));
  fc.assert(
    fc.property(fc.constantFrom(...official), fc.jsonValue({ maxDepth: 2 }), (line, value) => {
      const key = line.slice(0, line.indexOf(":") + 1);
      parseOrRefuse(OFFICIAL_CONFIG.replace(line, `${key} ${JSON.stringify(value)}`));
    }),
    { numRuns: 300 },
  );
});

test("random text is read or refused", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), parseOrRefuse), { numRuns: 300 });
});
