import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { MedembedClient, type Outcome, type Progress, type Row, ScoringError } from "../../src/client/index.ts";
import { GOLDEN_TOLERANCE, golden, goldenImages, largestDifference, openGolden } from "../golden-small.ts";
import { type Serving, serve, until } from "../server/serving.ts";
import { answer, fakeClock, playing, reset, scoreTexts, textsOf } from "./fault-server.ts";

const embedder = await openGolden({ threads: 2 });

async function listen({ app }: Serving): Promise<string> {
  await app.listen({ host: "127.0.0.1", port: 0 });
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
}

async function collect<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const collected: Value[] = [];
  for await (const value of values) collected.push(value);
  return collected;
}

const texts = golden.texts.slice(1); // the first is empty
const rows: Row[] = goldenImages.map((image, i) => ({ image, text: texts[i].text }));
const isGolden = (found: Float32Array | undefined, expected: readonly number[]) =>
  assert.ok(largestDifference(found!, expected) <= GOLDEN_TOLERANCE);

test("our endpoint's vectors arrive in order, with factor, model and profile", async () => {
  const endpoint = await listen(await serve(embedder, { keys: ["a-key"] }));
  const client = new MedembedClient({ endpoint, key: "a-key", deployment: "default" });
  const results = await client.score(rows);
  assert.equal(results.length, rows.length);
  for (const [i, { image, text, scalingFactor, weights, profile }] of results.entries()) {
    isGolden(image, golden.images[i].embedding);
    isGolden(text, texts[i].embedding);
    assert.deepEqual([weights, profile], [embedder.card.weights, "direct"]);
    assert.equal(scalingFactor, embedder.card.logitScale);
  }
  const [alone] = await client.score([{ text: texts[0].text }], { params: { getScalingFactor: false } });
  assert.deepEqual(Object.keys(alone).sort(), ["profile", "text", "weights"]);
  assert.deepEqual(await client.score([]), []);
});

test("a bad row fails one call of score, by its number, and a wrong key all of them", async () => {
  const endpoint = await listen(await serve(embedder, { keys: ["a-key"] }));
  const client = new MedembedClient({ endpoint, key: "a-key" });
  await assert.rejects(client.score([rows[0], { image: "bm8gaW1hZ2U=" }]), {
    name: "ScoringError",
    kind: "input",
    code: "image_undecodable",
    status: 424,
    row: 1,
    column: "image",
    message: /^row 1, image: /,
  });
  await assert.rejects(client.score([rows[0], {}]), { row: 1, message: /^row 1: it has neither/ });
  const stranger = new MedembedClient({ endpoint, key: "other-key" });
  await assert.rejects(stranger.score(rows), { kind: "refused", status: 401 });
  await assert.rejects(collect(stranger.scoreAll(rows)), { kind: "refused", status: 401 });
});

for (const isCloud of [false, true]) {
  test(`bad rows are yielded with their errors and cost no others (${isCloud ? "as the published service" : "our endpoint"})`, async () => {
    const serving = await serve(embedder);
    if (isCloud) {
      serving.app.addHook("onRequest", async ({ headers }) => {
        delete headers["medembed-row-errors"]; // not known there: one bad row fails the call
      });
    }
    const client = new MedembedClient({ endpoint: await listen(serving) });
    const mixed = [
      rows[0],
      { image: goldenImages[0].subarray(0, 60), text: "broken" },
      {},
      { image: () => Promise.reject(new Error("gone")) },
      ...rows.slice(1),
    ];
    const outcomes = await collect(client.scoreAll(mixed, { batchSize: 8, parallel: 2 }));
    assert.deepEqual(
      outcomes.map(({ index, row, error }) => [index, row, error?.code, error?.row]),
      mixed.map((row, i) => {
        const code = { 1: "image_undecodable", 2: "row_empty", 3: "image_unreadable" }[i];
        return [i, row, code, code && i];
      }),
    );
    const good = outcomes.flatMap(({ result }) => result ?? []);
    for (const [i, { image }] of good.entries()) isGolden(image, golden.images[i].embedding);
    const calls = serving.logged.filter(({ msg }) => msg === "request");
    assert.equal(
      calls.some(({ status }) => status === 424),
      isCloud,
    );
    assert.ok(isCloud || calls.every(({ status }) => status === 200));
  });
}

test("whichever rows are bad, every index is yielded once, in order when ordered", async () => {
  const { endpoint } = await playing(scoreTexts);
  const client = new MedembedClient({ endpoint });
  const size = fc.integer({ min: 1, max: 9 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { maxLength: 30 }),
      size,
      size,
      fc.constantFrom("ordered", "unordered"),
      async (isBad, batchSize, parallel, order) => {
        const all = isBad.map((bad, i) => ({ text: `${bad ? "bad " : "good"}${"x".repeat(i)}` }));
        const outcomes: Outcome[] = await collect(client.scoreAll(all, { batchSize, parallel, order }));
        if (order === "unordered") outcomes.sort((a, b) => a.index - b.index);
        assert.deepEqual(
          outcomes.map(({ index }) => index),
          all.map((_, i) => i),
        );
        for (const { index, row, result, error } of outcomes) {
          assert.equal(row, all[index]);
          if (isBad[index]) assert.deepEqual([error?.status, error?.row], [424, index]);
          else assert.deepEqual(result?.text, Float32Array.of(all[index].text.length));
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("a batch that is too large or too slow is sent in parts", async () => {
  for (const status of [400, 408, 413, 504]) {
    const sizes: number[] = [];
    const { endpoint } = await playing((response, call) => {
      sizes.push(textsOf(call.body).length);
      (sizes.at(-1)! > 2 ? answer(status, {}) : scoreTexts)(response, call);
    });
    const client = new MedembedClient({ endpoint, clock: fakeClock().clock });
    const outcomes = await collect(client.scoreAll(Array(8).fill({ text: "a" }), { batchSize: 8 }));
    assert.ok(outcomes.every(({ result }) => result));
    assert.deepEqual(sizes, [8, 4, 2, 2, 4, 2, 2]);
  }
});

test("a row that breaks the endpoint is found with patience, then given up; the waiting is not done for each part", async () => {
  const sizes: number[] = [];
  const { endpoint } = await playing((response, call) => {
    const texts = textsOf(call.body);
    sizes.push(texts.length);
    (texts.includes("poison") ? answer(500, {}) : scoreTexts)(response, call);
  });
  const client = new MedembedClient({ endpoint, retries: 3, clock: fakeClock().clock });
  const four = ["a", "b", "poison", "c"].map((text) => ({ text }));
  const outcomes = await collect(client.scoreAll(four));
  assert.deepEqual(
    outcomes.map(({ error }) => error?.status),
    [undefined, undefined, 500, undefined],
  );
  assert.deepEqual(sizes, [4, 4, 4, 4, 2, 2, 2, 1, 1, 1]);
});

test("an endpoint that stays away ends the work, behind the results that were there", async () => {
  const { endpoint } = await playing(scoreTexts, reset);
  const client = new MedembedClient({ endpoint, retries: 2, clock: fakeClock().clock });
  const found: number[] = [];
  await assert.rejects(
    async () => {
      const all = client.scoreAll(Array(9).fill({ text: "a" }), { batchSize: 3, parallel: 1 });
      for await (const { index } of all) found.push(index);
    },
    { kind: "unreachable" },
  );
  assert.deepEqual(found, [0, 1, 2]);
});

test("of rows without end no more are taken than are in work", async () => {
  const { endpoint } = await playing(scoreTexts);
  let taken = 0;
  async function* endless() {
    for (;;) {
      taken++;
      yield { text: "a" };
    }
  }
  const client = new MedembedClient({ endpoint });
  for (const order of ["ordered", "unordered"] as const) {
    taken = 0;
    let yielded = 0;
    for await (const _ of client.scoreAll(endless(), { batchSize: 5, parallel: 3, order })) {
      assert.ok(taken - yielded <= 15 + 1, `${taken} taken, ${yielded} yielded`);
      if (++yielded === 200) break;
    }
  }
});

test("progress counts what was yielded, with the total where it is known", async () => {
  const { endpoint } = await playing(scoreTexts);
  const { clock } = fakeClock();
  const client = new MedembedClient({ endpoint, clock });
  const told: Progress[] = [];
  const three = [{ text: "a" }, { text: "bad" }, { text: "c" }];
  for await (const { index } of client.scoreAll(three, {
    batchSize: 1,
    onProgress: (progress) => told.push(progress),
  })) {
    assert.equal(told.length, index + 1);
    await clock.sleep(500);
  }
  assert.deepEqual(
    told.map(({ done, failed, total }) => [done, failed, total]),
    [
      [1, 0, 3],
      [2, 1, 3],
      [3, 1, 3],
    ],
  );
  assert.deepEqual([told[1].rate, told[2].rate], [4, 3]);
  await collect(client.scoreAll(three.values(), { onProgress: ({ total }) => assert.equal(total, undefined) }));
});

test("a signal ends all calls with its reason, and the endpoint sees them leave", async () => {
  const leave = new AbortController();
  let gone = 0;
  const { endpoint, received } = await playing((response) => void response.on("close", () => gone++));
  const client = new MedembedClient({ endpoint });
  const waiting = Array(40).fill({ text: "a" });
  const all = collect(client.scoreAll(waiting, { batchSize: 4, parallel: 3, signal: leave.signal }));
  await until(() => received.length === 3);
  leave.abort(new Error("enough"));
  await assert.rejects(all, /enough/);
  await until(() => gone === 3);
  await assert.rejects(client.score([{ text: "a" }], { signal: leave.signal }), /enough/);
  assert.equal(received.length, 3);
});

test("many calls at a time make Node warn of nothing", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on("warning", note);
  const { endpoint } = await playing(scoreTexts);
  const { signal } = new AbortController();
  const client = new MedembedClient({ endpoint });
  await collect(client.scoreAll(Array(90).fill({ text: "a" }), { batchSize: 1, parallel: 30, signal }));
  await new Promise((resolve) => setImmediate(resolve)); // warnings come a little later
  process.off("warning", note);
  assert.deepEqual(warnings, []);
});

test("who leaves the loop leaves the endpoint, too", async () => {
  let gone = 0;
  const { endpoint } = await playing(scoreTexts, (response) => void response.on("close", () => gone++));
  const client = new MedembedClient({ endpoint });
  for await (const _ of client.scoreAll(Array(9).fill({ text: "a" }), { batchSize: 3, parallel: 3 })) break;
  await until(() => gone === 2);
});

test("an answer that is none of an embedding endpoint ends the work at once", async () => {
  const { endpoint, received } = await playing(answer(200, [{ hello: "world" }]));
  const client = new MedembedClient({ endpoint });
  await assert.rejects(collect(client.scoreAll([{ text: "a" }, { text: "b" }])), ScoringError);
  assert.equal(received.length, 1);
});

test("options that make no sense are refused before any row is taken", () => {
  const client = new MedembedClient({ endpoint: "http://127.0.0.1:8080" });
  const wrong = [
    { batchSize: 0 },
    { batchSize: 1025 },
    { parallel: 1.5 },
    { order: "random" as "ordered" },
    { params: { size: 1 } },
  ];
  for (const options of wrong) assert.throws(() => client.scoreAll([], options), { code: "usage" });
});
