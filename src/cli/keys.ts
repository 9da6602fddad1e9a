import { relative } from "node:path";
import { MedembedError } from "../errors.ts";
import { keyFileOf } from "../server/config.ts";
import { type GivenKeys, isOpenToOthers, readKeyFile, SIMPLE_KEYS } from "../server/key-set.ts";
import { rotateKey } from "../server/rotate-key.ts";
import type { Run } from "./flags.ts";
import { text } from "./options.ts";

/** Of a key that is shorter, its end would be too much of it. */
const LONG_KEY = 24;

export const keys: Run = async ([action], options) => {
  const known = Object.keys(ACTIONS).find((name) => name === action) as keyof typeof ACTIONS | undefined;
  if (known === undefined) {
    throw new MedembedError("usage", `keys ${action} is unknown; known are ${Object.keys(ACTIONS).join(", ")}`);
  }
  const [config, file] = [text(options, "config"), text(options, "file")];
  if ((config === undefined) === (file === undefined)) {
    throw new MedembedError("usage", "keys needs one of --config <file> and --file <file>");
  }
  const path = file ?? (await keyFileOf(config!));
  const isJson = options.json === true;
  await ACTIONS[known](path, { isJson, which: text(options, "which") ?? "primary" });
  if (await isOpenToOthers(path)) console.error(`others on this machine can read the keys: chmod 600 ${shown(path)}`);
  return 0;
};

const ACTIONS = { rotate, list } as const;

async function rotate(path: string, { which, isJson }: { which: string; isJson: boolean }): Promise<void> {
  const key = await rotateKey(path, which);
  console.log(isJson ? JSON.stringify({ which, key, file: path }) : key);
  console.error(`${shown(path)} has a new ${which} key; a running server takes it over within seconds`);
}

async function list(path: string, { isJson }: { isJson: boolean }): Promise<void> {
  const listed = describe(await readKeyFile(path));
  if (isJson) return console.log(JSON.stringify(listed, null, 2));
  for (const { name, ends, ...quota } of listed) {
    const words = Object.entries(quota).map(([setting, value]) => `${setting} ${value}`);
    console.log([name, ends === undefined ? "(short)" : `…${ends}`, ...words].join("  "));
  }
}

/** Never a whole key. */
function describe(given: GivenKeys) {
  const simple = SIMPLE_KEYS.flatMap((name) => (given[name] === undefined ? [] : [{ name, key: given[name] }]));
  const named = Object.entries(given.named ?? {}).map(([name, settings]) => ({ name, ...settings }));
  return [...simple, ...named].map(({ name, key, ...quota }) => ({
    name,
    ...(key.length >= LONG_KEY && { ends: key.slice(-4) }),
    ...quota,
  }));
}

function shown(path: string): string {
  return relative("", path) || path;
}
