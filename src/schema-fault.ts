import type { TSchema } from "typebox";
import Value from "typebox/value";

export interface SchemaFault {
  /** The keys that lead to it. */
  readonly path: readonly string[];
  /** Goes on after the name of the place, e.g. "must be integer"; never holds a value. */
  readonly reason: string;
}

/** The first way in which a value does not fit a schema, for people. */
export function schemaFault(schema: TSchema, value: unknown): SchemaFault | undefined {
  if (Value.Check(schema, value)) return undefined;
  const [first, ...others] = Value.Errors(schema, value);
  const path = first.instancePath.split("/").slice(1);
  if (first.keyword === "boolean") return { path, reason: "is unknown" }; // how typebox reports a key too many
  const alternatives = [first, ...others]
    .filter(({ instancePath, keyword }) => instancePath === first.instancePath && keyword !== "anyOf")
    .map(({ message }) => message);
  const { allowedValues } = first.params as { allowedValues?: readonly unknown[] };
  return { path, reason: alternatives.join(" or ") + (allowedValues ? `: ${allowedValues.join(", ")}` : "") };
}
