import assert from "node:assert/strict";
import { test } from "node:test";
import { openGolden } from "../golden-small.ts";
import { altered, envelope, post, serve, until } from "./serving.ts";

const embedder = await openGolden();

/** Takes rows in and holds them until the test lets them go, one by one. */
function gate() {
  const begun: { text: string; go: () => void }[] = [];
  const gated = altered(embedder, {
    embedText: async (text, patience) => {
      if (text !== "chest") await new Promise<void>((go) => begun.push({ text, go })); // but for the self-test
      return embedder.embedText(text, patience);
    },
  });
  return { gated, begun };
}

const rows = (text: string, count: number) =>
  envelope(
    ["text"],
    Array.from({ length: count }, () => [text]),
  );

test("a key with one row need not wait for the flood of another", async () => {
  const { gated, begun } = gate();
  const serving = await serve(gated, { keys: ["flood-key", "small-key"] });
  const flood = Array.from({ length: 8 }, () =>
    post(serving, rows("flood", 40), { authorization: "Bearer flood-key" }),
  );
  await until(() => begun.length === 128 && serving.load.pending === 8);
  const small = post(serving, rows("small", 1), { authorization: "Bearer small-key" });
  await until(() => serving.load.pending === 9 && serving.load.stages.queued >= 1);
  begun[0].go();
  await until(() => begun.length === 129);
  assert.equal(begun[128].text, "small", "192 rows of the flood have waited longer");
  begun[128].go();
  assert.equal((await small).statusCode, 200);
  let next = 1;
  const letGo = setInterval(() => {
    for (; next < begun.length; next++) begun[next].go();
  });
  const answers = await Promise.all(flood);
  clearInterval(letGo);
  for (const { statusCode } of answers) assert.equal(statusCode, 200);
});

test("two floods share the work evenly, and calls of one key come in their order", async () => {
  const { gated, begun } = gate();
  const serving = await serve(gated, { keys: ["a-key", "b-key"] });
  const send = (name: string) => post(serving, rows(name, 60), { authorization: `Bearer ${name[0]}-key` });
  const answers = ["a1", "a2", "a3", "a4", "a5", "b1", "b2"].map(send);
  await until(() => begun.length === 128 && serving.load.pending === 7);
  let next = 0;
  const letGo = setInterval(() => {
    for (let i = 0; i < 16 && next < begun.length; i++, next++) begun[next].go();
  });
  for (const answer of answers) assert.equal((await answer).statusCode, 200);
  clearInterval(letGo);
  const ofB = begun.flatMap(({ text }, i) => (text.startsWith("b") ? [i] : []));
  assert.equal(ofB.length, 120);
  // After the 128 rows that a had begun alone, at least every second one is b's.
  assert.ok(ofB[119] < 128 + 2 * 120, `b's last row is the ${ofB[119] + 1}th of 420`);
  const firstOf = (name: string) => begun.findIndex(({ text }) => text === name);
  assert.ok(firstOf("a1") < firstOf("a5") && firstOf("b1") < firstOf("b2"));
});
