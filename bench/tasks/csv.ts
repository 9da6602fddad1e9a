/**
 * The records of a comma-separated file with a header line, by column (RFC 4180: quoted fields, doubled quotes).
 * @throws Error for a record with another number of fields than the header
 */
export function parseCsv(text: string): Record<string, string>[] {
  const [header = [], ...records] = splitRecords(text);
  return records.map((fields, i) => {
    if (fields.length !== header.length) {
      throw new Error(`record ${i + 1} has ${fields.length} fields, the header has ${header.length}`);
    }
    return Object.fromEntries(header.map((column, at) => [column, fields[at]]));
  });
}

function splitRecords(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  // A field, quoted or not, and what ends it.
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    record.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ",") continue;
    if (record.length > 1 || record[0] !== "") records.push(record);
    record = [];
  }
  return records;
}
