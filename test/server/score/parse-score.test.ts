import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Parsing } from "../../../src/server/calls/parsing.ts";
import { parseScore } from "../../../src/server/score/parse-score.ts";

const parsing = new Parsing();
after(() => parsing.close());
const OPTIONS = { maxRows: 10, contentType: "application/json" };
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

test("an object's own keys count, not what every object has", () => {
  const body = `{"input_data":{"columns":["image","text"],"data":[{"__proto__":{"text":"x"}},{"constructor":"y"}]}}`;
  const { rows } = parseScore(new TextEncoder().encode(body), OPTIONS);
  assert.deepEqual(
    rows.map(({ fault }) => fault?.code),
    ["empty-row", "empty-row"],
  );
});

test("half a million brackets in each other are read or refused like any other body", async () => {
  for (const depth of [100_000, 500_000]) {
    const nested = `${"[".repeat(depth)}${"]".repeat(depth)}`;
    const data = `{"input_data":{"columns":["text"],"data":[["x"]]},"params":{"other":${nested}}}`;
    assert.equal((await parsing.parse("score", new TextEncoder().encode(data), OPTIONS, {})).rows.length, 1);
    await assert.rejects(parsing.parse("score", new TextEncoder().encode(nested), OPTIONS, {}), {
      code: "invalid-request",
    });
  }
});

test("texts are kept verbatim, and a byte order mark is no part of the body", () => {
  const text = "  A  text.\n";
  const body = Buffer.concat([Buffer.from("\ufeff"), encode({ input_data: { columns: ["text"], data: [[text]] } })]);
  assert.equal(parseScore(body, OPTIONS).rows[0].text, text);
});

test("in a thread a body gives what it gives here, and its errors too", async () => {
  const image = Buffer.alloc(300_000, 7).toString("base64");
  const good = encode({
    input_data: {
      columns: ["image", "text"],
      data: [
        [image, "a"],
        ["?", ""],
        [null, "b"],
      ],
    },
  });
  const expected = parseScore(good, OPTIONS);
  assert.equal(expected.rows[0].image!.length, 300_000);
  assert.deepEqual(await parsing.parse("score", good.slice(), OPTIONS, {}), expected);
  await assert.rejects(parsing.parse("score", new Uint8Array(300_000), OPTIONS, {}), {
    code: "invalid-request",
    message: /is not JSON/,
  });
  const left = AbortSignal.abort();
  await assert.rejects(parsing.parse("score", good.slice(), OPTIONS, { signal: left }), { code: "cancelled" });
});
