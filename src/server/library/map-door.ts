import { setImmediate } from "node:timers/promises";
import { MedembedError } from "../../errors.ts";
import { columnsOf } from "../../library/columns-of.ts";
import type { Library } from "../../library/library.ts";
import { type LibraryMap, readMap } from "../../library/library-map.ts";
import { COLUMNS, type ColumnName } from "../../library/record.ts";
import { type CallOptions, readStrictOptions } from "../calls/call-options.ts";
import type { Door } from "../calls/door.ts";
import { jsonAnswer } from "../calls/json-answer.ts";
import { vectorAsMemory } from "../calls/write-vector.ts";

/** After so many records it is others' turn. */
const RECORDS_A_TURN = 5_000;
/** Of a coordinate: finer than any screen shows. */
const DECIMALS = 4;

/** Columns of equal length, a record each: a hundred thousand objects would be three times as long. */
interface Points {
  readonly ids: string[];
  readonly x: number[];
  readonly y: number[];
  /** Of each record its place in `values`. */
  readonly value: number[];
}

/** `GET /library/{library}/map`: where the records lie on the map that `medembed library map` has made. */
export const mapDoor: Door<"map", CallOptions> = {
  parser: "map",
  readOptions: readStrictOptions,
  writeVector: vectorAsMemory,
  writeAnswer: async (_rows, { asked: { by }, library, signal }) => {
    const answer = await library!.use(
      async (open) => {
        const map = await readMap({ uri: open.uri });
        if (!map) throw new MedembedError("no-route", "this library has no map: medembed library map makes one");
        const { method, made } = map;
        return { library: library!.name, method, made, ...(await placeRecords(open, map, by, signal)) };
      },
      { signal },
    );
    return jsonAnswer(answer);
  },
};

async function placeRecords(library: Library, { places }: LibraryMap, by: string | undefined, signal: AbortSignal) {
  const points: Points = { ids: [], x: [], y: [], value: [] };
  const values = new Map<string, number>();
  const labels = new Set<string>();
  let unplaced = 0;
  const columns = by !== undefined && Object.hasOwn(COLUMNS, by) ? [by as ColumnName] : []; // else it is a label
  for await (const record of library.parts(columns)) {
    for (const name of Object.keys(record.labels)) labels.add(name);
    const place = places.get(record.id);
    if (!place) {
      unplaced++;
      continue;
    }
    const value = by === undefined ? "" : String(columnsOf(record)[by] ?? "");
    if (!values.has(value)) values.set(value, values.size);
    points.ids.push(record.id);
    points.x.push(Number(place[0].toFixed(DECIMALS)));
    points.y.push(Number(place[1].toFixed(DECIMALS)));
    points.value.push(values.get(value)!);
    if (points.ids.length % RECORDS_A_TURN === 0) await setImmediate(undefined, { signal });
  }
  return { unplaced, labels: [...labels].sort(), values: [...values.keys()], points };
}
