import { stat } from "node:fs/promises";
import { isIPv4 } from "node:net";
import { dirname, resolve } from "node:path";
import Type, { type Static } from "typebox";
import { MedembedError } from "../errors.ts";
import { PRECISIONS } from "../models/bundle.ts";
import { readText } from "../models/read-text.ts";
import { shippedModels } from "../models/registry.ts";
import { parseProfile } from "../profiles/profiles.ts";
import { KEY_PATTERN } from "./keys.ts";
import { DEFAULT_LIMITS, LIMITS, type Limits } from "./limits.ts";
import { parseYaml } from "./parse-yaml.ts";

/** No config is longer; a wrong path may lead to anything. */
const MAX_CONFIG_BYTES = 2 ** 20;

const closed = { additionalProperties: false };
const KeySchema = Type.String({ pattern: KEY_PATTERN.source, description: "printable, without blanks" });

const DeploymentSchema = Type.Object(
  {
    model: Type.Optional(Type.String({ minLength: 1, description: "a shipped model, or a folder from the config's" })),
    precision: Type.Optional(Type.Enum(["auto", ...PRECISIONS])),
    profile: Type.Optional(Type.String({ minLength: 1 })),
    threads: Type.Optional(Type.Integer({ minimum: 1, maximum: 1024 })),
  },
  closed,
);

/** `medembed.yaml`. Deployments stand under their names, so that there can be more of them one day. */
const ConfigSchema = Type.Object(
  {
    host: Type.Optional(Type.String({ minLength: 1 })),
    port: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535 })),
    keys: Type.Optional(
      Type.Object({ primary: Type.Optional(KeySchema), secondary: Type.Optional(KeySchema) }, closed),
    ),
    limits: Type.Optional(
      Type.Object(
        Object.fromEntries(
          Object.entries(LIMITS).map(([name, { min, max, reason }]) => [
            name,
            Type.Optional(Type.Integer({ minimum: min, maximum: max, description: reason })),
          ]),
        ),
        closed,
      ),
    ),
    deployments: Type.Optional(Type.Record(Type.String(), DeploymentSchema, { minProperties: 1, maxProperties: 1 })),
  },
  closed,
);

type DeploymentConfig = Static<typeof DeploymentSchema>;

export interface ServerConfig {
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  /** Each valid at any time; none only on a loopback address. */
  readonly keys: readonly string[];
  readonly limits: Limits;
  readonly deployment: DeploymentConfig & { readonly name: string };
}

/** What the command line says; it goes before the file. */
export interface ServerFlags {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly model?: string | undefined;
  readonly precision?: "auto" | (typeof PRECISIONS)[number] | undefined;
  readonly profile?: string | undefined;
  readonly threads?: number | undefined;
}

/**
 * The config of a server: the file, before it the environment (keys only), before both the flags.
 * @param path of medembed.yaml; without it everything is as by default
 * @throws MedembedError "usage" with file, line and reason, or for an address that must not be served without a key
 */
export async function readConfig(
  path: string | undefined,
  flags: ServerFlags,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ServerConfig> {
  const file = path === undefined ? {} : await readConfigFile(path);
  const [[name, deployment]] = Object.entries(file.deployments ?? { default: {} });
  const { host: givenHost, port, ...givenDeployment } = flags;
  const config: ServerConfig = {
    host: givenHost ?? file.host ?? "127.0.0.1",
    port: port ?? file.port ?? 8080,
    keys: [
      readKey(environment, "MEDEMBED_KEY") ?? file.keys?.primary,
      readKey(environment, "MEDEMBED_KEY_SECONDARY") ?? file.keys?.secondary,
    ].filter((key) => key !== undefined),
    limits: { ...DEFAULT_LIMITS, ...file.limits },
    deployment: { ...deployment, ...dropUndefined(givenDeployment), name },
  };
  if (config.deployment.profile !== undefined) parseProfile(config.deployment.profile);
  const { maxBodyBytes, maxPendingBytes } = config.limits;
  if (maxPendingBytes < maxBodyBytes) {
    throw new MedembedError(
      "usage",
      `limits.maxPendingBytes is ${maxPendingBytes}, less than one body of limits.maxBodyBytes, ${maxBodyBytes}`,
    );
  }
  if (config.keys.length === 0 && !isLoopback(config.host)) {
    throw new MedembedError(
      "usage",
      `${config.host} can be reached from elsewhere: set MEDEMBED_KEY, or keys in the config`,
    );
  }
  return config;
}

async function readConfigFile(path: string): Promise<Static<typeof ConfigSchema>> {
  const isFile = (await stat(path).catch(() => undefined))?.isFile() ?? false;
  if (!isFile) throw new MedembedError("usage", `no config file ${path}`);
  const file = parseYaml(await readText(path, MAX_CONFIG_BYTES, "usage"), ConfigSchema, path);
  const shipped = await shippedModels();
  const deployments = Object.entries(file.deployments ?? {}).map(([name, deployment]) => {
    const { model } = deployment;
    const isFolder = model !== undefined && !shipped.includes(model);
    return [name, isFolder ? { ...deployment, model: resolve(dirname(path), model) } : deployment] as const;
  });
  return deployments.length > 0 ? { ...file, deployments: Object.fromEntries(deployments) } : file;
}

/** A variable that is set to nothing is a mistake that would leave the endpoint open. */
function readKey(environment: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  const key = environment[name];
  if (key !== undefined && !KEY_PATTERN.test(key)) {
    throw new MedembedError("usage", `${name} is empty, too long or holds blanks: unset it or set a key`);
  }
  return key;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

function dropUndefined<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never;
}
