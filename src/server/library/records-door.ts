import { MedembedError } from "../../errors.ts";
import { parseProfile, profileRendering } from "../../profiles/profiles.ts";
import { type CallOptions, needJson, readStrictOptions } from "../calls/call-options.ts";
import type { Door } from "../calls/door.ts";
import type { EmbeddedRow } from "../calls/embed-rows.ts";
import { jsonAnswer } from "../calls/json-answer.ts";
import type { ParsedRow } from "../calls/parsed-call.ts";
import { vectorAsMemory, vectorIn } from "../calls/write-vector.ts";
import { type ErrorBody, isRowFault } from "../statuses.ts";
import { hashGiven } from "./fact-schema.ts";
import type { AskedRecord } from "./parse-records.ts";
import type { PictureReading } from "./picture-reading.ts";
import type { ServedLibrary, Storing } from "./served-library.ts";

/** What became of a record, as the answer tells it. */
type Outcome = { readonly outcome: Storing; readonly id: string } | ({ readonly outcome: "failed" } & ErrorBody);

/** `POST /library/{library}/records`: pictures are embedded and kept. A bad one fails alone. */
export const recordsDoor: Door<"records", CallOptions> = {
  parser: "records",
  writesLibrary: true,
  readOptions: (headers) => {
    needJson(headers);
    return { ...readStrictOptions(headers), isTolerant: true };
  },
  prepare: async (rows, { asked, libraries, library, profile, signal }) => {
    const { frame } = profileRendering(parseProfile(profile));
    const describing = { library: library!, reading: libraries.reading, frame, signal };
    const described = await Promise.all(rows.map((row, i) => describe(row, asked.records[i], describing)));
    const known = await knownIds(described, library!, signal);
    const found = described.map(({ row, record }) => {
      const isKnown = !row.fault && known.has(record.id!);
      return { row: isKnown ? {} : row, record: { ...record, isKnown } }; // what is known is not embedded again
    });
    return { rows: found.map(({ row }) => row), asked: { records: found.map(({ record }) => record) } };
  },
  writeVector: vectorAsMemory,
  writeAnswer: async (rows, { deployment, asked, library, signal }) => {
    const added = new Date().toISOString();
    const { precision } = deployment.card;
    const store = async ({ fault, image }: EmbeddedRow, { isKnown, ...record }: AskedRecord): Promise<Outcome> => {
      if (fault) return { outcome: "failed", ...fault };
      const id = record.id!;
      if (isKnown) {
        library!.counts.known++;
        return { outcome: "known", id };
      }
      const { source = id, facts, labels } = record;
      const vector = vectorIn(image!);
      return { outcome: await library!.store({ id, source, added, precision, facts, labels, vector }, { signal }), id };
    };
    const records = await Promise.all(rows.map((row, i) => store(row, asked.records[i])));
    const count = (wanted: Outcome["outcome"]) => records.filter(({ outcome }) => outcome === wanted).length;
    const answer = {
      library: library!.name,
      stored: count("stored"),
      known: count("known"),
      failed: count("failed"),
      records,
    };
    return jsonAnswer(answer);
  },
};

interface Describing {
  readonly library: ServedLibrary;
  readonly reading: PictureReading;
  readonly frame: number;
  readonly signal: AbortSignal;
}

interface Described {
  readonly row: ParsedRow;
  /** With its id, unless the row has a fault. */
  readonly record: AskedRecord;
}

/** What header and content tell; what the caller tells goes before it. */
async function describe(
  row: ParsedRow,
  record: AskedRecord,
  { library, reading, frame, signal }: Describing,
): Promise<Described> {
  const { image, fault } = row;
  if (fault || !image) return { row, record };
  try {
    const given = hashGiven(record.facts, () => library.identify());
    const id = record.id ?? (await reading.idOf(image, { signal }));
    const facts = { ...(await reading.factsOf({ bytes: image, key: library.key, frame })), ...given };
    return { row, record: { ...record, id, facts } };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof MedembedError) || !isRowFault(error.code)) throw error;
    const { code, message } = error;
    return { row: { fault: { code, message } }, record };
  }
}

async function knownIds(
  described: readonly Described[],
  library: ServedLibrary,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const ids = described.flatMap(({ row, record }) => (row.fault || record.id === undefined ? [] : [record.id]));
  return library.use((open) => open.idsAmong(ids), { signal });
}
