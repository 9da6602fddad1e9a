import Type from "typebox";
import { MedembedError } from "../../errors.ts";
import { LABEL_PREFIX } from "../../library/columns-of.ts";
import { type Condition, parseCondition } from "../../library/filter.ts";
import { LABEL_NAME } from "../../library/labels.ts";
import { COLUMNS } from "../../library/record.ts";

/** More conditions than anyone thinks of; each is a part of an SQL text. */
const MAX_CONDITIONS = 64;
/** Lists of values included. */
const MAX_CONDITION_LENGTH = 16_384;

const ConditionSchema = Type.String({ maxLength: MAX_CONDITION_LENGTH });

/** Conditions as `--where` of the command line has them; all of them must hold. */
export const WhereSchema = Type.Array(ConditionSchema, {
  maxItems: MAX_CONDITIONS,
  description:
    "conditions that must hold together: modality=CT|MR, sliceThickness<3, source^=/data/, label.finding!=none",
});

/** The same where there must be some. */
export function someConditions(description: string) {
  return Type.Array(ConditionSchema, { minItems: 1, maxItems: MAX_CONDITIONS, description });
}

/** @param name of the list, for messages @throws MedembedError "invalid-request", never with what stands there */
export function readWhere(conditions: readonly string[] = [], name = "where"): Condition[] {
  return conditions.map((condition, i) => {
    try {
      return parseCondition(condition);
    } catch (cause) {
      if (!(cause instanceof MedembedError)) throw cause;
      throw new MedembedError(
        "invalid-request",
        `${name}.${i} is no condition: it needs a field (label.NAME or ${Object.keys(COLUMNS).join(", ")}), ` +
          "one of = != < <= > >= ^=, and a value of the field's kind; labels know = and != only",
        { cause },
      );
    }
  });
}

/** A field as conditions name it. @param name of it, for messages @throws MedembedError "invalid-request", never with what stands there */
export function readField(given: string, name: string): Condition["field"] {
  const label = given.startsWith(LABEL_PREFIX) ? given.slice(LABEL_PREFIX.length) : undefined;
  if (label === undefined ? Object.hasOwn(COLUMNS, given) : LABEL_NAME.test(label)) return given as Condition["field"];
  throw new MedembedError(
    "invalid-request",
    `${name} is no field of records: needed is ${LABEL_PREFIX}NAME or one of ${Object.keys(COLUMNS).join(", ")}`,
  );
}
