import { Field, Float32, makeData, RecordBatch, Schema, Struct, Table, Utf8, vectorFromArray } from "apache-arrow";
import { attempt, readTable, replaceTable } from "./lancedb.ts";
import type { LibraryPlace } from "./library-place.ts";

/** Where the records of a library lie on a plane. */
export interface LibraryMap {
  /** How it was made, e.g. "umap". */
  readonly method: string;
  readonly seed: number;
  /** Of the library when its vectors were read: what was added since has no place. */
  readonly version: number;
  /** ISO 8601, UTC. */
  readonly made: string;
  /** By record id. */
  readonly places: ReadonlyMap<string, readonly [x: number, y: number]>;
}

/*
 * A table of its own beside the records, not a column of theirs. A map is made anew as a whole, and this replaces it in one commit; a
 * column would rewrite every record, which wakes up whoever keeps vectors in memory, and would stand empty in whatever is added later.
 */
const TABLE_NAME = "map";
const KEYS = {
  method: "medembed.map.method",
  seed: "medembed.map.seed",
  version: "medembed.map.version",
  made: "medembed.map.made",
} as const;

/** @throws MedembedError "write-failed" */
export async function saveMap(place: LibraryPlace, map: LibraryMap): Promise<void> {
  const metadata = new Map(Object.entries(KEYS).map(([key, name]) => [name, String(map[key as keyof typeof KEYS])]));
  const fields = [
    new Field("id", new Utf8(), false),
    ...["x", "y"].map((name) => new Field(name, new Float32(), false)),
  ];
  const schema = new Schema(fields, metadata);
  const places = [...map.places];
  const column = (axis: 0 | 1) => {
    const data = Float32Array.from(places, ([, point]) => point[axis]);
    return makeData({ type: new Float32(), length: data.length, data });
  };
  const ids = vectorFromArray(
    places.map(([id]) => id),
    new Utf8(),
  ).data[0];
  const children = [ids, column(0), column(1)];
  const data = makeData({ type: new Struct(fields), length: places.length, nullCount: 0, children });
  await attempt("write-failed", `cannot write the map of the library ${place.uri}`, () =>
    replaceTable(place, TABLE_NAME, new Table(schema, [new RecordBatch(schema, data)])),
  );
}

/** @returns undefined where none has been made @throws MedembedError "corrupt-library" */
export async function readMap(place: LibraryPlace): Promise<LibraryMap | undefined> {
  const table = await attempt("corrupt-library", `the map of the library ${place.uri} cannot be read`, () =>
    readTable(place, TABLE_NAME),
  );
  if (!table) return undefined;
  const { rows, metadata } = table;
  const [ids, x, y] = ["id", "x", "y"].map((name) => rows.getChild(name)!);
  const [method, seed, version, made] = Object.values(KEYS).map((name) => metadata.get(name) ?? "");
  const places = Array.from({ length: rows.numRows }, (_, i) => [ids.get(i), [x.get(i), y.get(i)]] as const);
  return { method, seed: Number(seed), version: Number(version), made, places: new Map(places) };
}
