import assert from "node:assert/strict";
import { after, test } from "node:test";
import fc from "fast-check";
import { type Condition, type Filter, parseCondition, toSql } from "../../src/library/filter.ts";
import { Library } from "../../src/library/library.ts";
import { type COLUMNS, type StoredVector, toColumns } from "../../src/library/record.ts";
import { collect, freshPlace, SPACE, storedVector } from "./synthetic.ts";

const HARD_TEXTS = ["CT", "MR", "ct", "it's", "a''b", "%_\\\\", "x|y", "=", "1", "é", "' OR 1=1 --", "`id`", ""];
const NUMBERS = [-1.5, 0, 1, 3, 1e-7, 123456789.125, 1e21];

/** Records with all combinations of a text, a number and a label, or none of them. */
const records: StoredVector[] = [undefined, ...HARD_TEXTS].flatMap((text, i) =>
  [undefined, ...NUMBERS].map((number, j) =>
    storedVector(`${i}.${j}`, {
      facts: { ...(text !== undefined && { bodyPart: text }), ...(number !== undefined && { sliceThickness: number }) },
      labels: text && number !== 0 ? { finding: text, "finding.more": "yes" } : {},
    }),
  ),
);
const library = await Library.openOrCreate({ uri: await freshPlace() }, SPACE);
after(() => library.close());
await library.insert(records);

/** What a condition means, without SQL. */
function holds({ field, operator, values }: Condition, record: StoredVector): boolean {
  const label = field.startsWith("label.") ? record.labels[field.slice(6)] : undefined;
  const found = label ?? toColumns(record)[field as keyof typeof COLUMNS];
  if (values.length === 0) return (found === undefined) === (operator === "=");
  if (operator === "=") return values.some((value) => value === found);
  if (operator === "!=") return values.every((value) => value !== found);
  if (found === undefined) return false;
  const [value] = values;
  if (operator === "^=") return String(found).startsWith(String(value));
  const order =
    typeof found === "number" ? found - Number(value) : Buffer.compare(Buffer.from(found), Buffer.from(String(value)));
  return { "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0 }[operator];
}

const list = <Value>(from: readonly Value[], minLength: number) =>
  fc.array(fc.constantFrom(...from), { minLength, maxLength: 3 });
const equality = fc.constantFrom("=" as const, "!=" as const);
const order = fc.constantFrom("<" as const, "<=" as const, ">" as const, ">=" as const);
const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ field: fc.constant("bodyPart" as const), operator: equality, values: list(HARD_TEXTS, 0) }),
  fc.record({ field: fc.constant("sliceThickness" as const), operator: equality, values: list(NUMBERS, 0) }),
  fc.record({
    field: fc.constantFrom("label.finding" as const, "label.other" as const),
    operator: equality,
    values: list(HARD_TEXTS, 0),
  }),
  fc.record({
    field: fc.constant("bodyPart" as const),
    operator: fc.oneof(order, fc.constant("^=" as const)),
    values: list(HARD_TEXTS, 1).map(([value]) => [value]),
  }),
  fc.record({
    field: fc.constant("sliceThickness" as const),
    operator: order,
    values: list(NUMBERS, 1).map(([value]) => [value]),
  }),
);

test("every filter lets through what its conditions say, whatever characters stand in it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(condition, { minLength: 1, maxLength: 3 }), async (filter: Filter) => {
      const expected = records.filter((record) => filter.every((part) => holds(part, record))).map(({ id }) => id);
      const found = (await collect(library.records(filter))).map(({ id }) => id);
      assert.deepEqual(found.sort(), expected.sort(), toSql(filter));
    }),
    { numRuns: 150 },
  );
});

test("conditions are read as people write them", () => {
  const readings: [text: string, condition: Condition][] = [
    ["modality=CT", { field: "modality", operator: "=", values: ["CT"] }],
    ["modality = CT|MR", { field: "modality", operator: "=", values: ["CT", "MR"] }],
    ["sliceThickness<=1.5", { field: "sliceThickness", operator: "<=", values: [1.5] }],
    ["echoTime!=90|100", { field: "echoTime", operator: "!=", values: [90, 100] }],
    ["source^=/data/a=b", { field: "source", operator: "^=", values: ["/data/a=b"] }],
    ["label.finding!=a b", { field: "label.finding", operator: "!=", values: ["a b"] }],
    ["bodyPart=", { field: "bodyPart", operator: "=", values: [] }],
    ["bodyPart!=", { field: "bodyPart", operator: "!=", values: [] }],
    ["added>=2026-01-01", { field: "added", operator: ">=", values: ["2026-01-01"] }],
  ];
  for (const [text, condition] of readings) assert.deepEqual(parseCondition(text), condition, text);
});

test("a condition that makes no sense is refused with what would", () => {
  const refusals: [text: string, message: RegExp][] = [
    ["modality", /a condition looks like modality=CT/],
    ["", /a condition looks like/],
    ["id; DROP TABLE records", /a condition looks like/],
    ["modalty=CT", /the field modalty is unknown; did you mean modality\?/],
    ["colour=red", /the field colour is unknown; known are id, .*modality.* and label\.NAME/],
    ["toString=x", /the field toString is unknown/],
    ["sliceThickness<thin", /sliceThickness is compared with a number/],
    ["sliceThickness=1| ", /sliceThickness is compared with a number/],
    ["sliceThickness^=1", /sliceThickness can be compared with = != < <= > >= only/],
    ["label.finding<a", /label\.finding can be compared with = != only/],
    ["added<", /added< needs a value/],
  ];
  for (const [text, message] of refusals) assert.throws(() => parseCondition(text), { code: "usage", message }, text);
});
