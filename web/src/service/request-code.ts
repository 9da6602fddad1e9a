import { sessionKey } from "../state/session-key.ts";

/** What is asked for: a text, or an image by the name of its file. */
export interface Asked {
  readonly column: "text" | "image";
  /** The text, or the name. */
  readonly value: string;
  /** Undefined: whichever the server takes. */
  readonly deployment: string | undefined;
}

type Language = "curl" | "Python" | "TypeScript";

/** The same request as a program makes it. A key is read from the environment there: none stands in what is shown. */
export function requestCode(asked: Asked): Readonly<Record<Language, string>> {
  return { curl: curlCode(asked), Python: pythonCode(asked), TypeScript: typescriptCode(asked) };
}

const KEY_VARIABLE = "MEDEMBED_KEY";

function scoreUrl(): string {
  return new URL("score", location.href.replace(/#.*/, "")).href;
}

function envelope(column: string, cell: string): string {
  return `{"input_data": {"columns": ["${column}"], "data": [[${cell}]]}, "params": {}}`;
}

function curlCode({ column, value, deployment }: Asked): string {
  const headers = [
    "-H 'Content-Type: application/json'",
    ...(sessionKey() === undefined ? [] : [`-H "Authorization: Bearer $${KEY_VARIABLE}"`]),
    ...(deployment === undefined ? [] : [`-H ${shellQuoted(`azureml-model-deployment: ${deployment}`)}`]),
  ].map((header) => ` \\\n  ${header}`);
  const start = `curl ${scoreUrl()}${headers.join("")} \\\n  `;
  if (column === "text") return `${start}--data-raw ${shellQuoted(envelope(column, JSON.stringify(value)))}`;
  const file = `"$(base64 < ${shellQuoted(value)} | tr -d '\\n')"`;
  return `${start}--data-binary @- <<END\n${envelope(column, file)}\nEND`;
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function pythonCode({ column, value, deployment }: Asked): string {
  const cell = JSON.stringify(value); // a string of JSON is one of Python
  const [imports, read] =
    column === "text"
      ? ["json", []]
      : ["base64, json", [`image = base64.b64encode(open(${cell}, "rb").read()).decode()`]];
  const hasKey = sessionKey() !== undefined;
  return [
    `import ${imports}${hasKey ? ", os" : ""}`,
    "from urllib.request import Request, urlopen",
    "",
    ...read,
    `body = ${envelope(column, column === "text" ? cell : "image")}`,
    "headers = {",
    '    "Content-Type": "application/json",',
    ...(hasKey ? [`    "Authorization": f"Bearer {os.environ['${KEY_VARIABLE}']}",`] : []),
    ...(deployment === undefined ? [] : [`    "azureml-model-deployment": ${JSON.stringify(deployment)},`]),
    "}",
    `request = Request(${JSON.stringify(scoreUrl())}, json.dumps(body).encode(), headers)`,
    "print(json.load(urlopen(request)))",
  ].join("\n");
}

function typescriptCode({ column, value, deployment }: Asked): string {
  const settings = [
    `endpoint: ${JSON.stringify(scoreUrl())}`,
    ...(sessionKey() === undefined ? [] : [`key: process.env.${KEY_VARIABLE}`]),
    ...(deployment === undefined ? [] : [`deployment: ${JSON.stringify(deployment)}`]),
  ];
  const row = column === "text" ? `text: ${JSON.stringify(value)}` : `image: await readFile(${JSON.stringify(value)})`;
  return [
    ...(column === "text" ? [] : ['import { readFile } from "node:fs/promises";']),
    'import { MedembedClient } from "medembed/client";',
    "",
    `const client = new MedembedClient({ ${settings.join(", ")} });`,
    `const [row] = await client.score([{ ${row} }]);`,
    "console.log(row);",
  ].join("\n");
}
