import type { Static, TSchema } from "typebox";
import { type Document, isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { MedembedError } from "../errors.ts";
import { schemaFault } from "../schema-fault.ts";

/**
 * A YAML text that must fit a schema.
 * @param name of the file, for messages
 * @throws MedembedError "usage" with file, line and reason, never with a value: it may be a key
 */
export function parseYaml<Schema extends TSchema>(text: string, schema: Schema, name: string): Static<Schema> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const refuse = (offset: number, reason: string) =>
    new MedembedError("usage", `${name}:${lines.linePos(offset).line}: ${reason}`);

  const [error] = document.errors;
  if (error) throw refuse(error.pos[0], `no YAML (${error.code.toLowerCase().replaceAll("_", " ")})`);
  const value = document.toJS() ?? {};
  const fault = schemaFault(schema, value);
  if (fault) throw refuse(offsetOf(document, fault.path), `${fault.path.join(".") || "the config"} ${fault.reason}`);
  return value as Static<Schema>;
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
