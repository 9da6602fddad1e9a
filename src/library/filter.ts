import { MedembedError } from "../errors.ts";
import { nearestWord } from "../nearest-word.ts";
import { storedLabel } from "./labels.ts";
import { COLUMNS, type ColumnName } from "./record.ts";

/** How SQL says it; `^=` is "begins with". */
const OPERATORS = { "=": "=", "!=": "<>", "^=": "", "<": "<", "<=": "<=", ">": ">", ">=": ">=" } as const;
type Operator = keyof typeof OPERATORS;

/** A field, an operator, a value: `sliceThickness<=3`, `label.finding=pneumonia`. */
const CONDITION = /^(?<field>[A-Za-z][\w.-]*?)\s*(?<operator>!=|\^=|<=|>=|=|<|>)\s*(?<value>.*)$/s;
const LABEL = /^label\.(?<name>.+)$/;

/** What a field of a record must be. Conditions of one filter hold all together. */
export interface Condition {
  /** A column of the records, or `label.` and a label's name. */
  readonly field: ColumnName | `label.${string}`;
  readonly operator: Operator;
  /** Of which one is enough for `=`, and none may be it for `!=`. None at all means that the field is absent. */
  readonly values: readonly (string | number)[];
}

export type Filter = readonly Condition[];

/**
 * A condition as people write it. `modality=CT|MR` is one of both, `bodyPart=` is absent, `bodyPart!=` is there;
 * `patient!=…` holds where the patient is unknown.
 * @throws MedembedError "usage"
 */
export function parseCondition(text: string): Condition {
  const { field, operator, value } = CONDITION.exec(text)?.groups ?? {};
  if (field === undefined) throw usage("a condition looks like modality=CT or sliceThickness<3");
  const values = value === "" ? [] : operator === "=" || operator === "!=" ? value.split("|") : [value];
  return checkCondition({
    field: field as Condition["field"],
    operator: operator as Operator,
    values: isNumber(field) ? values.map((text) => (text.trim() === "" ? Number.NaN : Number(text))) : values,
  });
}

/** What to write for a field that there is not. */
export function fieldHint(field: string): string {
  const known = Object.keys(COLUMNS);
  const meant = nearestWord(field, known);
  return meant === undefined ? `known are ${known.join(", ")} and label.NAME` : `did you mean ${meant}?`;
}

/** @throws MedembedError "usage" for a field or an operator that there is not, and for a value that is no number where one is needed */
function checkCondition(condition: Condition): Condition {
  const { field, operator, values } = condition;
  const isLabel = LABEL.test(field);
  if (!isLabel && !Object.hasOwn(COLUMNS, field)) {
    throw usage(`the field ${field} is unknown; ${fieldHint(field)}`);
  }
  const operators = Object.keys(OPERATORS).filter((known) =>
    isLabel ? known === "=" || known === "!=" : known !== "^=" || !isNumber(field),
  );
  if (!operators.includes(operator)) throw usage(`${field} can be compared with ${operators.join(" ")} only`);
  const isOrder = operator !== "=" && operator !== "!=";
  if (isOrder && values.length !== 1) throw usage(`${field}${operator} needs a value`);
  const type = isNumber(field) ? "number" : "string";
  for (const value of values) {
    if (typeof value !== type || (typeof value === "number" && !Number.isFinite(value))) {
      throw usage(`${field} is compared with a ${type === "number" ? "number" : "text"}`);
    }
  }
  return condition;
}

/** For the table's engine; undefined where every record is meant. Values stand in it as literals, quotation marks doubled. */
export function toSql(filter: Filter): string | undefined {
  return filter.length === 0 ? undefined : filter.map((condition) => `(${conditionSql(condition)})`).join(" AND ");
}

function conditionSql(condition: Condition): string {
  const { field, operator, values } = checkCondition(condition);
  const { name } = LABEL.exec(field)?.groups ?? {};
  if (name !== undefined) return labelSql(name, operator, values as readonly string[]);
  const column = `\`${field}\``;
  if (values.length === 0) return `${column} IS ${operator === "=" ? "" : "NOT "}NULL`;
  if (operator === "=") return `${column} IN (${values.map(literal).join(", ")})`;
  if (operator === "!=") return `${column} IS NULL OR ${column} NOT IN (${values.map(literal).join(", ")})`;
  if (operator === "^=") return `starts_with(${column}, ${literal(values[0])})`;
  return `${column} ${OPERATORS[operator]} ${literal(values[0])}`;
}
/** Labels are a list of `name=value`; values hold no line break, so that the list as lines shows whether a name is in it. */
function labelSql(name: string, operator: Operator, values: readonly string[]): string {
  const any =
    values.length === 0
      ? `strpos(concat(chr(10), array_to_string(labels, chr(10))), concat(chr(10), ${literal(`${name}=`)})) > 0`
      : values.map((value) => `array_has(labels, ${literal(storedLabel(name, value))})`).join(" OR ");
  const isWanted = values.length === 0 ? operator === "!=" : operator === "=";
  return isWanted ? any : `NOT (${any})`;
}

function literal(value: string | number): string {
  return typeof value === "number" ? String(value) : `'${value.replaceAll("'", "''")}'`;
}

function isNumber(field: string): boolean {
  return Object.hasOwn(COLUMNS, field) && COLUMNS[field as ColumnName] === "number";
}

function usage(message: string): MedembedError {
  return new MedembedError("usage", message);
}
