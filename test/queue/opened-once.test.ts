import assert from "node:assert/strict";
import { test } from "node:test";
import { OpenedOnce } from "../../src/queue/opened-once.ts";

function opening(log: string[]) {
  return (name: string) => async () => {
    log.push(`open ${name}`);
    return { name, close: async () => void log.push(`close ${name}`) };
  };
}

test("what several need is open once, stays for the next, and gives way to another when nobody needs it", async () => {
  const log: string[] = [];
  const open = opening(log);
  const shared = new OpenedOnce<{ name: string; close(): Promise<void> }>(1);
  const use = (name: string) => shared.lend(name, open(name), async ({ name: lent }) => lent);
  assert.deepEqual(await Promise.all([use("a"), use("a")]), ["a", "a"]);
  await use("a");
  assert.deepEqual(log, ["open a"]);
  await shared.lend("a", open("a"), async () => {
    await use("b");
    await use("c");
  });
  assert.deepEqual(log, ["open a", "open b", "open c", "close b", "close c"]);
  await shared.close();
  assert.deepEqual(log.at(-1), "close a");
});

test("what cannot be opened is tried anew by the next", async () => {
  const shared = new OpenedOnce<{ close(): Promise<void> }>(1);
  const fail = () =>
    shared.lend(
      "a",
      () => Promise.reject(new Error("no")),
      async () => {},
    );
  await assert.rejects(fail(), /no/);
  const log: string[] = [];
  await shared.lend("a", opening(log)("a"), async () => {});
  assert.deepEqual(log, ["open a"]);
});
