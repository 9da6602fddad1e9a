import { setImmediate } from "node:timers/promises";
import { MedembedError } from "../../errors.ts";
import type { GroupedMatch } from "../../library/group-duplicates.ts";
import { type CallOptions, needJson, readStrictOptions } from "../calls/call-options.ts";
import type { Door, LibraryContext } from "../calls/door.ts";
import { joinPieces, type Piece, writeArray, writeObject } from "../calls/json-pieces.ts";
import { vectorAsJson, vectorAsMemory, vectorIn } from "../calls/write-vector.ts";
import type { SearchAsked } from "./parse-search.ts";

/** `POST /library/{library}/search`: the records nearest to a picture, a text or a vector. */
export const searchDoor: Door<"search", CallOptions> = {
  parser: "search",
  takesVolumes: true,
  readOptions: (headers) => {
    needJson(headers);
    return readStrictOptions(headers);
  },
  checkAsked: ({ vector }, { card: { projection } }) => {
    if (!vector || vector.length === projection) return;
    const message = `the vector has ${vector.length} values, those of the library have ${projection}`;
    throw new MedembedError("invalid-request", message);
  },
  prepare: async (rows, { asked, libraries, library }) => {
    const [{ image, fault }] = rows.length > 0 ? rows : [{}];
    if (!asked.excludesSamePatient || fault || !image) return { rows, asked };
    library!.identify();
    const { patient } = await libraries.reading.factsOf({ bytes: image, key: library!.key, frame: 1 });
    if (patient === undefined) {
      throw new MedembedError("invalid-request", "excludeSamePatient needs an image whose header names the patient");
    }
    const others = { field: "patient", operator: "!=", values: [patient] } as const;
    return { rows, asked: { ...asked, where: [...asked.where, others] } };
  },
  writeVector: vectorAsMemory,
  writeAnswer: async ([row], context) => {
    const { asked, library } = context;
    const query = asked.vector ?? vectorIn((row.image ?? row.text)!);
    const matches = await findMatches(query, asked, context);
    const written: Piece[][] = [];
    for (const [i, match] of matches.entries()) {
      written.push(writeMatch(match, i + 1, asked.withVectors));
      if (asked.withVectors) await setImmediate(); // others' turn: a thousand vectors take a while
    }
    const answer = writeObject({ library: [JSON.stringify(library!.name)], matches: writeArray(written) });
    return { headers: { "content-type": "application/json" }, body: joinPieces(answer) };
  },
};

async function findMatches(
  query: Float32Array,
  { count, where, isExact, likeness }: SearchAsked,
  { libraries: { applications }, library, signal }: LibraryContext,
): Promise<readonly GroupedMatch[]> {
  const options = { count, where, isExact };
  if (likeness !== undefined) {
    return applications.ask(library!, { kind: "groups", query, likeness, ...options }, { signal });
  }
  const matches = await library!.use((open) => open.search(query, options), { signal });
  return matches.map((match) => ({ ...match, duplicates: [] }));
}

function writeMatch({ score, record, duplicates }: GroupedMatch, rank: number, withVector: boolean): Piece[] {
  const { vector, ...known } = record;
  const copies = duplicates.map((match) => ({
    score: match.score,
    id: match.record.id,
    source: match.record.source,
  }));
  const told = { rank, score, ...known, duplicates: copies };
  return writeObject({
    ...Object.fromEntries(Object.entries(told).map(([name, value]) => [name, [JSON.stringify(value)]])),
    vector: withVector ? [vectorAsJson(vector)] : undefined,
  });
}
