import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { type Call, Caller, goodput, quantile } from "../../bench/load/traffic.ts";

/** What the server answers, in turn. */
const ANSWERS: readonly (readonly [status: number, headers: Record<string, string>, body: string])[] = [
  [200, {}, "right"],
  [200, {}, "other"],
  [429, { "retry-after": "1" }, "{}"],
  [503, {}, "{}"],
  [400, {}, "<html>"],
];
let asked = 0;
const server = createServer((request, response) => {
  request.resume().on("end", () => {
    const [status, headers, body] = ANSWERS[asked++ % ANSWERS.length];
    response.writeHead(status, headers).end(body);
  });
}).listen(0, "127.0.0.1");
await once(server, "listening");
const caller = new Caller(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
after(() => {
  caller.close();
  server.close();
});
const call: Call = { path: "/", body: () => "{}", answer: "right" };

test("answers that are wrong or not as they should be are counted, and no goodput", async () => {
  const { seconds, latencies, ...counts } = await caller.closedLoop([call], 1, ({ sent }) => sent >= 10);
  assert.deepEqual(counts, { sent: 10, statuses: { 200: 4, 400: 2, 429: 2, 503: 2 }, wrong: 2, malformed: 4 });
  assert.equal(latencies.length, 4);
  assert.equal(goodput({ seconds, latencies, ...counts }), 2 / seconds);
});

test("an open loop sends as many as are due, and waits for every answer", async () => {
  const { sent, statuses } = await caller.openLoop([call], 100, 0.1);
  assert.equal(sent, 10);
  assert.equal(
    Object.values(statuses).reduce((sum, count) => sum + count),
    10,
  );
});

test("a connection that breaks off is counted as no answer", async () => {
  const nowhere = new Caller("http://127.0.0.1:1");
  const { statuses } = await nowhere.closedLoop([call], 1, ({ sent }) => sent >= 2);
  assert.deepEqual(statuses, { none: 2 });
  nowhere.close();
});

test("a quantile is one of the values", () => {
  assert.equal(quantile([3, 1, 2, 4], 0.5), 3);
  assert.equal(quantile([3, 1, 2, 4], 0.99), 4);
});
