import type { Static, TSchema } from "typebox";
import { type Document, isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { MedembedError } from "../errors.ts";
import { schemaFault } from "../schema-fault.ts";

/** What a YAML text says, and where. */
export interface ParsedYaml<Value> {
  readonly value: Value;
  /** File and line of the innermost key of a path that is there, e.g. "medembed.yaml:7". */
  readonly placeOf: (path: readonly string[]) => string;
}

/**
 * A YAML text that must fit a schema.
 * @param name of the file, for messages
 * @throws MedembedError "usage" with file, line and reason, never with a value: it may be a key
 */
export function parseYaml<Schema extends TSchema>(
  text: string,
  schema: Schema,
  name: string,
): ParsedYaml<Static<Schema>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const placeAt = (offset: number) => `${name}:${lines.linePos(offset).line}`;
  const placeOf = (path: readonly string[]) => placeAt(offsetOf(document, path));

  const [error] = document.errors;
  if (error) {
    const reason = error.code.toLowerCase().replaceAll("_", " ");
    throw new MedembedError("usage", `${placeAt(error.pos[0])}: no YAML (${reason})`);
  }
  const value = document.toJS() ?? {};
  const fault = schemaFault(schema, value);
  if (fault) {
    const { path, reason } = fault;
    throw new MedembedError("usage", `${placeOf(path)}: ${path.join(".") || "the config"} ${reason}`);
  }
  return { value: value as Static<Schema>, placeOf };
}

/** Where the innermost key of a path stands that is there. */
function offsetOf(document: Document, path: readonly string[]): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const name of path) {
    const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && String(key.value) === name) : undefined;
    if (!pair || !isScalar(pair.key)) break;
    offset = pair.key.range?.[0] ?? offset;
    node = pair.value;
  }
  return offset;
}
