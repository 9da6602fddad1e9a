import { stat } from "node:fs/promises";
import Type, { type Static } from "typebox";
import { MedembedError } from "../errors.ts";
import { readText } from "../models/read-text.ts";
import { parseYaml } from "./parse-yaml.ts";

/** One key as `Authorization: Bearer KEY` carries it: printable, without blanks. */
const KEY_PATTERN = /^[\x21-\x7e]{1,512}$/;
/** No key file is longer; a wrong path may lead to anything. */
const MAX_KEY_FILE_BYTES = 2 ** 20;
/** A key's name stands in log lines. */
const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** A day, which begins at midnight UTC, or a moment of it. */
const DATE_PATTERN = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z)?$/;

/** The keys that have no settings, and the variables of the environment that go before them. */
const VARIABLES = {
  primary: "MEDEMBED_KEY",
  secondary: "MEDEMBED_KEY_SECONDARY",
  admin: "MEDEMBED_ADMIN_KEY",
} as const;
type SimpleKey = keyof typeof VARIABLES;
/** The names of the keys without settings. */
export const SIMPLE_KEYS = Object.keys(VARIABLES) as readonly SimpleKey[];

export type Environment = Readonly<Record<string, string | undefined>>;

const closed = { additionalProperties: false };
const KeySchema = Type.String({ pattern: KEY_PATTERN.source, description: "printable, without blanks" });

/** As `keys` in the config and a key file have them. */
export const KEY_PROPERTIES = {
  primary: Type.Optional(KeySchema),
  secondary: Type.Optional(KeySchema),
  admin: Type.Optional(KeySchema),
  named: Type.Optional(
    Type.Record(
      Type.String({ pattern: NAME_PATTERN.source }),
      Type.Object(
        {
          key: KeySchema,
          requestsPerMinute: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
          maxPending: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
          deployments: Type.Optional(Type.Array(Type.String(), { minItems: 1 })),
          expires: Type.Optional(Type.String({ pattern: DATE_PATTERN.source })),
        },
        closed,
      ),
      closed,
    ),
  ),
};
const KeyFileSchema = Type.Object(KEY_PROPERTIES, closed);
export type GivenKeys = Static<typeof KeyFileSchema>;

/** A key that opens the endpoint, with what its holder may ask for. */
export interface ScoringKey {
  /** "primary", "secondary" or its own; may stand in logs, where the key never does. */
  readonly name: string;
  readonly key: string;
  readonly requestsPerMinute?: number;
  /** Calls at a time. */
  readonly maxPending?: number;
  /** Without it, all. */
  readonly deployments?: readonly string[];
  /** From this moment on it opens nothing, in ms since 1970. */
  readonly expires?: number;
}

/** All keys of an endpoint, each valid at any time. */
export interface KeySet {
  /** None: everybody may score. */
  readonly scoring: readonly ScoringKey[];
  /** Opens what administers the server, and nothing else; without it that is shut. */
  readonly admin?: string;
}

/** A key file, YAML or JSON. @throws MedembedError "usage" with file, line and reason */
export async function readKeyFile(path: string): Promise<GivenKeys> {
  const isFile = (await stat(path).catch(() => undefined))?.isFile() ?? false;
  if (!isFile) throw new MedembedError("usage", `no key file ${path}`);
  const { value: keys } = parseYaml(await readText(path, MAX_KEY_FILE_BYTES, "usage"), KeyFileSchema, path);
  // One that was emptied by mistake would open the endpoint to everybody.
  if (keys.primary === undefined && keys.secondary === undefined && Object.keys(keys.named ?? {}).length === 0) {
    throw new MedembedError("usage", `${path} has no key to score with: primary, secondary or a named one`);
  }
  return keys;
}

/** Whether somebody else on this machine can read a file. Windows has no such bits. */
export async function isOpenToOthers(path: string): Promise<boolean> {
  return process.platform !== "win32" && ((await stat(path)).mode & 0o077) !== 0;
}

/**
 * The keys of the environment, and those of a file or the config that it does not have.
 * @param deployments of the endpoint, by name
 * @throws MedembedError "usage" for keys that make no sense together; no key stands in its message
 */
export function keySetOf(given: GivenKeys, environment: Environment, deployments: readonly string[]): KeySet {
  const find = (name: SimpleKey) => readVariable(environment, VARIABLES[name]) ?? given[name];
  const scoring: ScoringKey[] = [];
  for (const name of ["primary", "secondary"] as const) {
    const key = find(name);
    if (key !== undefined) scoring.push({ name, key });
  }
  for (const [name, { expires, ...key }] of Object.entries(given.named ?? {})) {
    if (Object.hasOwn(VARIABLES, name)) throw new MedembedError("usage", `keys.named.${name}: the name is taken`);
    scoring.push({ name, ...key, ...(expires !== undefined && { expires: readDate(name, expires) }) });
  }
  const admin = find("admin");
  const keys = { scoring, ...(admin !== undefined && { admin }) };
  check(keys, deployments);
  return keys;
}

function check({ scoring, admin }: KeySet, known: readonly string[]): void {
  const holders = new Map(admin === undefined ? [] : [[admin, "admin"]]);
  for (const { name, key, deployments = [] } of scoring) {
    const other = holders.get(key);
    if (other !== undefined) throw new MedembedError("usage", `the keys ${other} and ${name} are the same`);
    holders.set(key, name);
    const stranger = deployments.find((deployment) => !known.includes(deployment));
    if (stranger !== undefined) {
      throw new MedembedError("usage", `keys.named.${name}.deployments names ${stranger}, which is no deployment`);
    }
  }
}

function readDate(name: string, given: string): number {
  const moment = new Date(given);
  // JavaScript takes February 31 for March 3.
  if (Number.isNaN(moment.getTime()) || !moment.toISOString().startsWith(given.slice(0, 10))) {
    throw new MedembedError("usage", `keys.named.${name}.expires is no date of the calendar`);
  }
  return moment.getTime();
}

/** A variable that is set to nothing is a mistake that would leave the endpoint open. */
function readVariable(environment: Environment, name: string): string | undefined {
  const key = environment[name];
  if (key !== undefined && !KEY_PATTERN.test(key)) {
    throw new MedembedError("usage", `${name} is empty, too long or holds blanks: unset it or set a key`);
  }
  return key;
}
