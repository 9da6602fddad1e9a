import assert from "node:assert/strict";
import { test } from "node:test";
import { Library } from "../../../src/library/library.ts";
import { ServedLibrary } from "../../../src/server/library/served-library.ts";
import { collect, freshPlace, SPACE, storedVector } from "../../library/synthetic.ts";

const range = (count: number, name: string) => Array.from({ length: count }, (_, i) => storedVector(`${name} ${i}`));

async function openServed(uri: string, isWritable = true): Promise<ServedLibrary> {
  const config = { name: "lib", uri, deployment: "default", isWritable, place: "medembed.yaml:7" };
  const served = new ServedLibrary(config, (error) => assert.fail(error));
  await served.open(SPACE);
  return served;
}

test("records of many calls at once share commits, and each is told what became of its own", async () => {
  const uri = await freshPlace();
  const served = await openServed(uri);
  const records = [...range(60, "a"), ...range(60, "a")];
  const outcomes = await Promise.all(records.map((record) => served.store(record, {})));
  assert.deepEqual(outcomes, [...new Array(60).fill("stored"), ...new Array(60).fill("known")]);
  assert.deepEqual(served.counts, { stored: 60, known: 60, removed: 0 });
  const { records: count, files } = await served.use((library) => library.stats(), {});
  assert.equal(count, 60);
  assert.ok(files <= 2, `${files} files`);
  assert.equal(await served.remove([{ field: "id", operator: "=", values: ["a 1", "a 2"] }], {}), 2);
  await served.close();
});

test("two servers write to one library at a time, and every record is there once", async () => {
  const uri = await freshPlace();
  const [one, other] = [await openServed(uri), await openServed(uri)];
  for (let turn = 0; turn < 5; turn++) {
    await Promise.all(
      [one, other].flatMap((served, i) =>
        [...range(4, `${turn} ${i}`), ...range(4, `${turn} both`)].map((record) => served.store(record, {})),
      ),
    );
  }
  const ids = (await one.use((library) => collect(library.ids()), {})).sort();
  const expected = Array.from({ length: 5 }, (_, turn) =>
    ["0", "1", "both"].flatMap((who) => range(4, `${turn} ${who}`).map(({ id }) => id)),
  );
  assert.deepEqual(ids, expected.flat().sort());
  await Promise.all([one.close(), other.close()]);
});

test("it closes after its last call, which still stores; work whose caller has left is not begun", async () => {
  const uri = await freshPlace();
  const served = await openServed(uri);
  const leave = served.enter();
  const closed = served.close();
  assert.equal(await served.store(storedVector("late"), {}), "stored");
  const left = AbortSignal.abort();
  await assert.rejects(
    served.use(async () => assert.fail("begun"), { signal: left }),
    { code: "cancelled" },
  );
  leave();
  await closed;
  await assert.rejects(served.store(storedVector("too late"), {}), { code: "closed" });
  const library = await Library.open({ uri });
  assert.equal(await library.count(), 1);
  await library.close();
});

test("what is small is put together while calls go on", async () => {
  const uri = await freshPlace();
  const served = await openServed(uri);
  for (const record of range(40, "one by one")) assert.equal(await served.store(record, {}), "stored");
  await served.close();
  const library = await Library.open({ uri });
  const { records, files } = await library.stats();
  assert.equal(records, 40);
  assert.ok(files < 40, `${files} files`);
  await library.close();
});

test("a library of another space, or that does not exist and is read only, is refused with the config's line", async () => {
  const uri = await freshPlace();
  const reading = openServed(uri, false);
  await assert.rejects(reading, {
    code: "usage",
    message: /^medembed\.yaml:7: libraries\.lib cannot be served by the deployment default: there is no library/,
  });
  const served = await openServed(uri);
  for (const other of [
    { ...SPACE, profile: "mi2-service" },
    { ...SPACE, weights: "cd".repeat(32) },
  ]) {
    const message = /^medembed\.yaml:7: .* the library holds vectors of synthetic .* do not compare/;
    await assert.rejects(served.open(other), { code: "usage", message });
  }
  await served.close();
});
