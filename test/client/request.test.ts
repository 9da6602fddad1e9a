import assert from "node:assert/strict";
import { test } from "node:test";
import { buildRequest, type Row, ScoringError } from "../../src/client/index.ts";
import { parseScore } from "../../src/server/score/parse-score.ts";

const bytes = Uint8Array.of(1, 2, 3, 4);

test("rows become the envelope of the contract: one column for pictures alone, null for what is absent", async () => {
  assert.deepEqual(await buildRequest([{ image: bytes }, { image: new Blob([bytes]) }]), {
    input_data: { columns: ["image"], index: [0, 1], data: [["AQIDBA=="], ["AQIDBA=="]] },
    params: {},
  });
  const params = { getScalingFactor: false, jpegQuality: 95, size: 480 };
  assert.deepEqual(await buildRequest([{ text: " a text. " }, { image: "AQID\nBA==", text: "" }], params), {
    input_data: {
      columns: ["image", "text"],
      index: [0, 1],
      data: [
        [null, " a text. "],
        ["AQID\nBA==", null],
      ],
    },
    params: {
      get_scaling_factor: false,
      image_standardization_jpeg_compression_ratio: 95,
      image_standardization_image_size: 480,
    },
  });
});

test("our own endpoint reads of a request what went into it", async () => {
  const rows: Row[] = [{ image: async () => bytes, text: "a" }, { text: "b" }, { image: bytes, text: null }];
  const request = await buildRequest(rows, { jpegQuality: 80 });
  const read = parseScore(Buffer.from(JSON.stringify(request)), { maxRows: 10, contentType: "application/json" });
  assert.deepEqual(read.rows, [{ image: bytes, text: "a" }, { text: "b" }, { image: bytes }]);
  assert.deepEqual(read.asked, { withScalingFactor: true });
  assert.deepEqual(read.imageParams, { jpegQuality: 80, standardSize: undefined });
});

test("prepare changes every image, in whatever form it was given", async () => {
  const prepare = async (given: Uint8Array) => given.map((byte) => 10 * byte);
  const rows: Row[] = [{ image: bytes }, { image: "AQIDBA==" }, { image: () => new Blob([bytes]) }];
  const { input_data } = await buildRequest(rows, {}, prepare);
  const expected = Buffer.from([10, 20, 30, 40]).toString("base64");
  assert.deepEqual(input_data.data, [[expected], [expected], [expected]]);
});

const UNSENDABLE: [name: string, row: unknown, code: string, message: RegExp][] = [
  ["a row with neither half", {}, "row_empty", /neither an image nor a text/],
  ["a row of white space", { image: "", text: " \n" }, "row_empty", /neither/],
  ["an image of another kind", { image: 7 }, "image_unreadable", /^image: it is neither a Uint8Array/],
  [
    "an image that cannot be read",
    { image: () => Promise.reject(new Error("gone")) },
    "image_unreadable",
    /^image: gone$/,
  ],
  ["a text of another kind", { text: 7 }, "text_invalid", /^text: it is no string$/],
];

for (const [name, row, code, message] of UNSENDABLE) {
  test(`${name} is refused before anything is sent`, async () => {
    await assert.rejects(buildRequest([row as Row]), (error: unknown) => {
      assert.ok(error instanceof ScoringError);
      assert.deepEqual([error.kind, error.code], ["input", code]);
      assert.match(error.message, message);
      return true;
    });
  });
}

test("params out of their range are refused", async () => {
  for (const params of [{ jpegQuality: 0 }, { jpegQuality: 101 }, { size: 15 }, { size: 480.5 }]) {
    await assert.rejects(buildRequest([{ text: "a" }], params), {
      code: "usage",
      message: /^params\.\w+ is [\d.]+; it must be/,
    });
  }
});
