import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readCsv } from "../../src/batch/read-csv.ts";
import { type RecordPlace, RecordScanner } from "../../src/batch/record-scanner.ts";
import { oneByOne } from "../../src/in-parallel.ts";

const START = 4; // behind a header, say

interface Found {
  readonly places: readonly RecordPlace[];
  readonly fault?: string;
}

/** As the parser has it. */
async function parse(content: Buffer, start: number, maxRecordBytes: number): Promise<Found> {
  const places: RecordPlace[] = [];
  try {
    const records = readCsv(oneByOne([content.subarray(start)]), { start, maxRecordBytes });
    for await (const record of records) places.push({ start: record.start, end: record.end });
    return { places };
  } catch (error) {
    return { places, fault: (error as Error).message };
  }
}

/** By the scanner, and by the parser from where that is in doubt. */
async function scan(content: Buffer, cuts: readonly number[], maxRecordBytes: number) {
  const scanner = new RecordScanner(START, maxRecordBytes);
  const edges = [0, ...cuts.map((cut) => cut % (content.length + 1)).sort((a, b) => a - b), content.length];
  const places: RecordPlace[] = [];
  for (let i = 1; i < edges.length && !scanner.isInDoubt; i++) {
    places.push(...scanner.scan(content.subarray(edges[i - 1], edges[i])));
  }
  places.push(...scanner.end());
  if (!scanner.isInDoubt) return { found: { places }, isInDoubt: false };
  const rest = await parse(content, scanner.start, maxRecordBytes);
  return { found: { ...rest, places: [...places, ...rest.places] }, isInDoubt: true };
}

test("records lie where the parser finds them, whatever the content and wherever it is cut into pieces", async () => {
  const piece = fc.constantFrom('"', '""', ",", "\n", "\r", "\r\n", "a", "bc", '"x,y"', '"\n"', ",,", "\n\n", "é");
  let sound = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 30 }),
      fc.array(fc.nat(), { maxLength: 6 }),
      fc.constantFrom(3, 8, 1_000),
      async (pieces, cuts, maxRecordBytes) => {
        const content = Buffer.from(`a,b\n${pieces.join("")}`);
        const { found, isInDoubt } = await scan(content, cuts, maxRecordBytes);
        assert.deepEqual(found, await parse(content, START, maxRecordBytes));
        if (!isInDoubt) sound++;
      },
    ),
    { numRuns: 5_000 },
  );
  assert.ok(sound > 1_000, "many of them are found without the parser");
});

test("a record may have as many cells as the parser takes, and no more", async () => {
  for (const cells of [1_023, 1_024, 1_025]) {
    const content = Buffer.from(`a,b\n${"x,".repeat(cells - 1)}y\nz\n`);
    const { found, isInDoubt } = await scan(content, [], 1e6);
    assert.equal(isInDoubt, cells > 1_024);
    assert.deepEqual(found, await parse(content, START, 1e6));
  }
});
