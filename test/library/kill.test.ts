import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Library } from "../../src/library/library.ts";
import { collect, freshPlace, SPACE, storedVector, unitVector } from "./synthetic.ts";

const TYPESCRIPT = new URL("../../scripts/tsx.mjs", import.meta.url).href;
const WRITER = fileURLToPath(new URL("./library-writer.ts", import.meta.url));
const KILLS = 4;
/** Longer than any of a writer's turns, so that a kill falls into whatever it does. */
const LONGEST_WAIT_MS = 250;

/** Starts a process that writes, and kills it at a moment that chance chooses. @returns the lines that it has printed */
async function writeAndKill(uri: string, seed: string): Promise<string[]> {
  const child = spawn(process.execPath, ["--import", TYPESCRIPT, WRITER, uri, seed], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const lines: string[] = [];
  let isCondemned = false;
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (isCondemned) continue;
    isCondemned = true; // it works
    setTimeout(() => child.kill("SIGKILL"), Math.random() * LONGEST_WAIT_MS);
  }
  const [, signal] = await exited;
  assert.equal(signal, "SIGKILL");
  return lines;
}

test("after kill -9 at any moment, what was told as stored is there, once and whole, and what was removed is gone", async () => {
  const uri = await freshPlace();
  const stored = new Set<string>();
  const undecided = new Set<string>();
  for (let kill = 0; kill < KILLS; kill++) {
    for (const line of await writeAndKill(uri, `writer ${kill}`)) {
      const [, word, id] = /^(\w+) (.*)$/.exec(line)!;
      if (word === "stored") stored.add(id);
      else stored.delete(id);
      if (word === "removing") undecided.add(id);
      else undecided.delete(id);
    }
    const library = await Library.open({ uri });
    const records = await collect(library.vectors());
    const ids = records.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length, "an id is there twice");
    assert.deepEqual(
      [...stored].filter((id) => !ids.includes(id)),
      [],
      "what was told as stored is missing",
    );
    for (const { id, vector, source, labels } of records) {
      assert.deepEqual({ vector, source }, { vector: unitVector(id), source: storedVector(id).source });
      assert.ok(labels.seen === undefined || labels.seen === "yes");
    }
    // The last of a killed writer's turns may be there without having been told: all of it, or nothing.
    const untold = ids.filter((id) => !stored.has(id) && !undecided.has(id));
    const turnOf = (id: string) => id.slice(0, id.lastIndexOf("."));
    for (const turn of new Set(untold.map(turnOf))) {
      assert.equal(untold.filter((id) => turnOf(id) === turn).length, 5, `${turn} is there in part`);
    }
    const id = [...stored].at(-1)!;
    assert.equal((await library.search(unitVector(id), { count: 1 }))[0].record.id, id);
    assert.equal((await library.insert([storedVector(`after ${kill}`), storedVector(id)])).stored, 1);
    stored.add(`after ${kill}`);
    await library.close();
  }
  const library = await Library.openOrCreate({ uri }, SPACE);
  await library.compact();
  assert.ok((await library.count()) >= stored.size);
  await library.close();
});
