import { readFile, stat } from "node:fs/promises";
import { extname } from "node:path";
import { type LabelQuery, labelSet } from "../../applications/catalogue/find-labels.ts";
import { type LabelText, promptLabels } from "../../applications/zero-shot/fill-templates.ts";
import type { PromptedLabel } from "../../applications/zero-shot/prompted-label.ts";
import { MedembedError } from "../../errors.ts";
import { nearestWord } from "../../nearest-word.ts";
import { text } from "../options.ts";
import { readTable } from "../read-table.ts";

type Options = Readonly<Record<string, unknown>>;

/** Thousands of labels; a larger file is something else. */
const MAX_BYTES = 2 ** 20;

/** The labels of `--labels`, `--label`, `--labels-file` and `--labels-from`, one after the other, as `--template` says them. @throws MedembedError */
export async function readLabelOptions(options: Options): Promise<PromptedLabel[]> {
  const file = text(options, "labelsFile");
  const query = text(options, "labelsFrom");
  const listed = [...(text(options, "labels")?.split(",") ?? []), ...((options.label as string[] | undefined) ?? [])];
  const texts: LabelText[] = [
    ...listed.map((label) => ({ label })),
    ...(file === undefined ? [] : await readLabelFile(file)),
    ...(query === undefined ? [] : labelsFromCatalogue(parseGroups(query, "--labels-from"))),
  ];
  if (texts.length === 0) {
    throw new MedembedError("usage", "no labels: give --labels, --label, --labels-file or --labels-from");
  }
  return promptLabels(texts, (options.template as string[] | undefined) ?? []);
}

/** One label a line; or of a .csv the columns label (or text), and if there are any prompt, negative and what templates name. */
async function readLabelFile(path: string): Promise<LabelText[]> {
  if (extname(path).toLowerCase() === ".csv") return (await readTable(path)).map((line) => labelOf(line, path));
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new MedembedError("not-found", `there is no file ${path}`);
  if (found.size > MAX_BYTES) {
    throw new MedembedError("usage", `${path} has ${found.size} bytes, at most ${MAX_BYTES} are read`);
  }
  const lines = (await readFile(path, "utf8")).replace(/^\ufeff/, "").split(/\r?\n/);
  return lines.filter((line) => line.trim() !== "").map((label) => ({ label }));
}

function labelOf({ cells, line }: { cells: Readonly<Record<string, string>>; line: number }, path: string): LabelText {
  const label = cells.label ?? cells.text;
  if (label === undefined) {
    throw new MedembedError("usage", `${path} needs a header with the column label; prompt and negative may follow`);
  }
  if (label.trim() === "") throw new MedembedError("usage", `${path}, line ${line}: the label is empty`);
  const { prompt, negative } = cells;
  return { label, prompt: prompt?.trim(), negative: negative?.trim(), fields: cells };
}

/** Named by their findings where nothing else differs. */
function labelsFromCatalogue(query: LabelQuery): LabelText[] {
  const found = labelSet(query);
  const isOneExam = new Set(found.map(({ finding }) => finding)).size === found.length;
  return found.map(({ text: prompt, modality, bodyPart, view, finding }) => ({
    label: isOneExam ? finding : prompt,
    prompt,
    fields: { modality, body_part: bodyPart, view, finding },
  }));
}

/** What a search in the catalogue may name. */
const GROUPS = { modality: "modality", body_part: "bodyPart", view: "view" } as const satisfies Record<
  string,
  keyof LabelQuery
>;

/** Reads `modality=x-ray,body_part=chest`. @param flag for messages @throws MedembedError "usage" */
export function parseGroups(given: string, flag: string): LabelQuery {
  const query: Record<string, string> = {};
  for (const part of given.split(",")) {
    const [, name, value] = /^\s*([^=]*?)\s*=\s*(.+?)\s*$/.exec(part) ?? [];
    if (name === undefined) {
      throw new MedembedError(
        "usage",
        `${flag} ${given} must be groups with values, as in modality=x-ray,body_part=chest`,
      );
    }
    if (!Object.hasOwn(GROUPS, name)) {
      const nearest = nearestWord(name, Object.keys(GROUPS));
      const hint = nearest === undefined ? `known are ${Object.keys(GROUPS).join(", ")}` : `did you mean ${nearest}?`;
      throw new MedembedError("usage", `${flag}: there is no group ${name}; ${hint}`);
    }
    const key = GROUPS[name as keyof typeof GROUPS];
    if (key in query) throw new MedembedError("usage", `${flag}: ${name} is given twice`);
    query[key] = value;
  }
  return query;
}
