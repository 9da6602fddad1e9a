import {
  DataType,
  Field,
  FixedSizeList,
  Float32,
  Float64,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { FACTS } from "../facts.ts";
import { readLabels, writeLabels } from "./labels.ts";
import {
  COLUMNS,
  type ColumnName,
  type LibraryRecord,
  REQUIRED_COLUMNS,
  type StoredVector,
  toColumns,
} from "./record.ts";
import { fromMetadata, type LibraryHead, toMetadata } from "./vector-space.ts";

export const COLUMN_NAMES = Object.keys(COLUMNS) as ColumnName[];
const LABELS_TYPE = new List(new Field("item", new Utf8(), true));

/** Tells LanceDB that ids are unique, so that of two writers who insert one at the same moment the second tries again. */
const PRIMARY_KEY = new Map([["lance-schema:unenforced-primary-key", "true"]]);

/** The columns of a library's table: single values, labels, the vector as a fixed-size list. */
export function librarySchema(head: LibraryHead): Schema {
  return new Schema(
    [
      ...COLUMN_NAMES.map((name) => {
        return new Field(name, columnType(name), !REQUIRED_COLUMNS.has(name), name === "id" ? PRIMARY_KEY : null);
      }),
      new Field("labels", LABELS_TYPE, false),
      new Field("vector", vectorType(head.dimensions), false),
    ],
    toMetadata(head),
  );
}

/** What a table of this schema holds, LanceDB's copy of Arrow among whose classes ours are not; undefined for one that is not a library's. */
export function headOf(schema: Schema): LibraryHead | undefined {
  const type = schema.fields.find(({ name }) => name === "vector")?.type;
  return DataType.isFixedSizeList(type) ? fromMetadata(schema.metadata, type.listSize) : undefined;
}

/** Records as a table of the library's schema. */
export function encodeRecords(records: readonly StoredVector[], head: LibraryHead): Table {
  const schema = librarySchema(head);
  const values = new Float32Array(records.length * head.dimensions);
  for (const [i, { vector }] of records.entries()) values.set(vector, i * head.dimensions);
  const rows = records.map(toColumns);
  const child = makeData({ type: new Float32(), length: values.length, data: values });
  const children = [
    ...COLUMN_NAMES.map(
      (name) =>
        vectorFromArray(
          rows.map((row) => row[name] ?? null),
          columnType(name),
        ).data[0],
    ),
    vectorFromArray(
      records.map(({ labels }) => writeLabels(labels)),
      LABELS_TYPE,
    ).data[0],
    makeData({ type: vectorType(head.dimensions), length: records.length, nullCount: 0, child }),
  ];
  const data = makeData({ type: new Struct(schema.fields), length: records.length, nullCount: 0, children });
  return new Table(schema, [new RecordBatch(schema, data)]);
}

/** The records of a batch; what is in columns that it does not have is absent. */
export function decodeRecords(batch: RecordBatch): LibraryRecord[] {
  const labels = batch.getChild("labels");
  const columns = COLUMN_NAMES.flatMap((name) => {
    const column = batch.getChild(name);
    return column ? [{ name, column, isFact: Object.hasOwn(FACTS, name) }] : [];
  });
  return Array.from({ length: batch.numRows }, (_, row) => {
    const own: Record<string, unknown> = {};
    const facts: Record<string, unknown> = {};
    for (const { name, column, isFact } of columns) {
      const value = column.get(row);
      if (value !== null) (isFact ? facts : own)[name] = value;
    }
    return { ...own, facts, labels: readLabels([...(labels?.get(row) ?? [])]) } as unknown as LibraryRecord;
  });
}

/** The records of a batch that has their vectors, too. */
export function decodeVectors(batch: RecordBatch): StoredVector[] {
  const vectors = batch.getChild("vector");
  return decodeRecords(batch).map((record, row) => ({ ...record, vector: vectors?.get(row)?.toArray().slice() }));
}

function columnType(name: ColumnName): Utf8 | Float64 {
  return COLUMNS[name] === "text" ? new Utf8() : new Float64();
}

function vectorType(dimensions: number): FixedSizeList<Float32> {
  return new FixedSizeList(dimensions, new Field("item", new Float32(), true));
}
