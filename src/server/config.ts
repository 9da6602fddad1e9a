import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import Type, { type Static } from "typebox";
import type { PromptedLabel } from "../applications/zero-shot/prompted-label.ts";
import { MedembedError } from "../errors.ts";
import { PRECISIONS } from "../models/bundle.ts";
import { readText } from "../models/read-text.ts";
import { shippedModels } from "../models/registry.ts";
import { parseProfile } from "../profiles/profiles.ts";
import { profileFor } from "./adapter-profile.ts";
import { type BatchConfig, BatchSchema, readBatchConfig } from "./batch/batch-config.ts";
import { type CacheConfig, CacheSchema, readCacheConfig } from "./cache/cache-config.ts";
import { type ImageUrls, ImageUrlsSchema, readImageUrls } from "./image-urls.ts";
import { type Environment, type GivenKeys, KEY_PROPERTIES, type KeySet, keySetOf, readKeyFile } from "./key-set.ts";
import { LabelsSchema, readLabels, TemplatesSchema } from "./labels-config.ts";
import { adapterDeployments } from "./library/adapters/adapter-deployments.ts";
import { LibrariesSchema, type LibraryConfig, readLibraries } from "./library/library-config.ts";
import { readLibraryFlag } from "./library/library-flag.ts";
import { DEFAULT_LIMITS, LIMITS, type Limits } from "./limits.ts";
import { isLoopback } from "./own-names.ts";
import { type ParsedYaml, parseYaml } from "./parse-yaml.ts";
import { type QueueConfig, QueueSchema, readQueueConfig } from "./queue/queue-config.ts";
import { readSharedConfig, type SharedConfig, SharedSchema } from "./replicas/replicas-config.ts";

/** No config is longer; a wrong path may lead to anything. */
const MAX_CONFIG_BYTES = 2 ** 20;

/** A name travels in a header and in paths. */
const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** As it stands in the header Host. */
const HOST_PATTERN = /^[A-Za-z0-9._-]{1,253}$/;

const closed = { additionalProperties: false };

const DeploymentSchema = Type.Object(
  {
    model: Type.Optional(Type.String({ minLength: 1, description: "a shipped model, or a folder from the config's" })),
    precision: Type.Optional(Type.Enum(["auto", ...PRECISIONS])),
    profile: Type.Optional(Type.String({ minLength: 1 })),
    threads: Type.Optional(Type.Integer({ minimum: 1, maximum: 1024 })),
    traffic: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 100, description: "percent of the calls that name no deployment" }),
    ),
    mirror: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 50, description: "percent of the calls copied to it, its answers dropped" }),
    ),
    maxPending: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
    timeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_600_000 })),
    responseForm: Type.Optional(Type.Enum(["list", "object"])),
    labels: Type.Optional(LabelsSchema),
    templates: Type.Optional(TemplatesSchema),
    adapter: Type.Optional(
      Type.String({
        minLength: 1,
        description: "makes it a classifier: a folder that `medembed adapter train` has written",
      }),
    ),
  },
  closed,
);

/** `medembed.yaml`. */
const ConfigSchema = Type.Object(
  {
    host: Type.Optional(Type.String({ minLength: 1 })),
    port: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535 })),
    allowedHosts: Type.Optional(
      Type.Array(
        Type.String({
          pattern: HOST_PATTERN.source,
          description: "a name, without a port, by which a server without keys may be called beside those of loopback",
        }),
      ),
    ),
    keys: Type.Optional(
      Type.Object(
        {
          file: Type.Optional(
            Type.String({ minLength: 1, description: "from the config's folder, instead of all others" }),
          ),
          ...KEY_PROPERTIES,
        },
        closed,
      ),
    ),
    imageUrls: Type.Optional(ImageUrlsSchema),
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
    cache: Type.Optional(CacheSchema),
    shared: Type.Optional(SharedSchema),
    queue: Type.Optional(QueueSchema),
    batch: Type.Optional(BatchSchema),
    libraries: Type.Optional(LibrariesSchema),
    deployments: Type.Optional(
      Type.Record(Type.String({ pattern: NAME_PATTERN.source }), DeploymentSchema, { minProperties: 1, ...closed }),
    ),
  },
  closed,
);

type ConfigFile = Static<typeof ConfigSchema>;
type DeploymentFile = Static<typeof DeploymentSchema>;

/** One named model with its settings, complete. */
export interface DeploymentConfig {
  readonly name: string;
  readonly model?: string;
  readonly precision?: "auto" | (typeof PRECISIONS)[number];
  readonly profile?: string;
  readonly threads?: number;
  /** Percent of the calls that name no deployment. */
  readonly traffic: number;
  /** Percent of the calls that are copied to it. */
  readonly mirror: number;
  /** Of this deployment; without it only the limit of all counts. */
  readonly maxPending?: number;
  readonly timeoutMs: number;
  readonly responseForm: "list" | "object";
  /** Of a classifier without training. */
  readonly labels?: readonly PromptedLabel[];
  /** The folder of a trained classifier. */
  readonly adapter?: string;
}

export interface ServerConfig {
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  /** By which a server without keys may be called, beside the names of loopback; in small letters. */
  readonly allowedHosts: readonly string[];
  /** None to score with only on a loopback address. */
  readonly keys: KeySet;
  /** From which they come, as far as the environment does not have them. */
  readonly keyFile?: string;
  /** Without it images are not fetched. */
  readonly imageUrls?: ImageUrls;
  readonly limits: Limits;
  readonly cache: CacheConfig;
  /** Without it each replica is by itself. */
  readonly shared?: SharedConfig | undefined;
  /** Without it no runs and workers are shown. */
  readonly queue?: QueueConfig | undefined;
  /** Without it there are no batch jobs. */
  readonly batch?: BatchConfig | undefined;
  readonly libraries: readonly LibraryConfig[];
  /** At least one; the percentages of their traffic are 100 together, or all 0. */
  readonly deployments: readonly DeploymentConfig[];
}

/** What the command line says; it goes before the file. */
export interface ServerFlags {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** A library to look at, by its address; for a server without a file. */
  readonly library?: string | undefined;
  /** Whether calls may change that library. */
  readonly isWritable?: boolean | undefined;
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
  environment: Environment,
): Promise<ServerConfig> {
  const { value: file, placeOf } = path === undefined ? NO_FILE : await readConfigFile(path);
  const { host, port, library, isWritable, ...model } = flags;
  const flagged = await readLibraryFlag({ library, isWritable, config: path });
  const limits = { ...DEFAULT_LIMITS, ...file.limits };
  const folder = dirname(path ?? "");
  const chosen = dropUndefined({ ...model, profile: model.profile ?? flagged?.profile });
  const own = await readDeployments(file.deployments ?? { default: {} }, folder, chosen, limits);
  const shelves = flagged?.librariesFor(keySetOf({}, environment, [])) ?? file.libraries ?? {}; // beside a flag there are no other keys
  const libraries = readLibraries(shelves, { folder, deployments: own, placeOf });
  const deployments = [...own, ...(await adapterDeployments(libraries, own))];
  const names = deployments.map(({ name }) => name);
  const { given, keyFile } = await readKeys(file.keys ?? {}, folder);
  const keys = keySetOf(given, environment, names);
  const config: ServerConfig = {
    host: host ?? file.host ?? "127.0.0.1",
    port: port ?? file.port ?? 8080,
    allowedHosts: (file.allowedHosts ?? []).map((name) => name.toLowerCase()),
    keys,
    ...(keyFile !== undefined && { keyFile }),
    ...(file.imageUrls && { imageUrls: readImageUrls(file.imageUrls) }),
    limits,
    cache: readCacheConfig(file.cache, path),
    ...(file.shared && { shared: readSharedConfig(file.shared, environment) }),
    ...(file.queue && { queue: readQueueConfig(file.queue, environment) }),
    ...(file.batch && { batch: readBatchConfig(file.batch, path) }),
    libraries,
    deployments,
  };
  const { maxBodyBytes, maxPendingBytes } = config.limits;
  if (maxPendingBytes < maxBodyBytes) {
    throw new MedembedError(
      "usage",
      `limits.maxPendingBytes is ${maxPendingBytes}, less than one body of limits.maxBodyBytes, ${maxBodyBytes}`,
    );
  }
  checkExposure(config.host, config.keys);
  return config;
}

/** @throws MedembedError "usage" for an address that must not be served without a key */
export function checkExposure(host: string, { scoring }: KeySet): void {
  if (scoring.length === 0 && !isLoopback(host)) {
    throw new MedembedError("usage", `${host} can be reached from elsewhere: set MEDEMBED_KEY, or keys in the config`);
  }
}

const NO_FILE: ParsedYaml<ConfigFile> = { value: {}, placeOf: () => "" };

async function readConfigFile(path: string): Promise<ParsedYaml<ConfigFile>> {
  if (!(await isFile(path))) throw new MedembedError("usage", `no config file ${path}`);
  return parseYaml(await readText(path, MAX_CONFIG_BYTES, "usage"), ConfigSchema, path);
}

/** The key file that a config names. @throws MedembedError "usage" */
export async function keyFileOf(path: string): Promise<string> {
  const { keys } = (await readConfigFile(path)).value;
  if (keys?.file === undefined) {
    throw new MedembedError("usage", `${path} names no key file; keys: { file: keys.yaml } would`);
  }
  return resolve(dirname(path), keys.file);
}

/** @param folder of the config, from which paths count */
async function readKeys(
  { file, ...inline }: NonNullable<ConfigFile["keys"]>,
  folder: string,
): Promise<{ given: GivenKeys; keyFile?: string }> {
  if (file === undefined) return { given: inline };
  const [other] = Object.keys(inline);
  if (other !== undefined) {
    throw new MedembedError("usage", `keys.file is for all keys: move keys.${other} to the file`);
  }
  const keyFile = resolve(folder, file);
  return { given: await readKeyFile(keyFile), keyFile };
}

/** @param folder of the config, from which paths count @param flags of the command line, for a lone deployment only */
async function readDeployments(
  file: NonNullable<ConfigFile["deployments"]>,
  folder: string,
  flags: Partial<DeploymentFile>,
  limits: Limits,
): Promise<DeploymentConfig[]> {
  const named = Object.entries(file);
  if (named.length > 1 && Object.keys(flags).length > 0) {
    throw new MedembedError(
      "usage",
      `--${Object.keys(flags)[0]} does not say for which of ${named.length} deployments: set it in the config`,
    );
  }
  const shipped = await shippedModels();
  const deployments = await Promise.all(
    named.map(async ([name, { model, labels, templates, adapter, ...settings }]): Promise<DeploymentConfig> => {
      const isFolder = model !== undefined && !shipped.includes(model);
      const deployment = {
        name,
        traffic: named.length === 1 ? 100 : 0,
        mirror: 0,
        timeoutMs: limits.timeoutMs,
        responseForm: "list" as const,
        ...(model !== undefined && { model: isFolder ? resolve(folder, model) : model }),
        ...settings,
        ...flags,
        ...(labels !== undefined && { labels: await readLabels({ labels, templates }, folder) }),
        ...(adapter !== undefined && { adapter: resolve(folder, adapter) }),
      };
      if (labels !== undefined && adapter !== undefined) {
        throw new MedembedError("usage", `deployment ${name} has labels and an adapter, which has labels of its own`);
      }
      if (labels === undefined && templates !== undefined) {
        throw new MedembedError("usage", `deployment ${name} has templates and no labels to put in`);
      }
      if (deployment.profile !== undefined) parseProfile(deployment.profile);
      const profile = deployment.adapter && (await profileFor(deployment.adapter, deployment.profile));
      return { ...deployment, ...(profile && { profile }) } as DeploymentConfig;
    }),
  );
  checkTraffic(deployments);
  return deployments;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

function checkTraffic(deployments: readonly DeploymentConfig[]): void {
  const sum = deployments.reduce((total, { traffic }) => total + traffic, 0);
  if (sum !== 0 && sum !== 100) {
    throw new MedembedError(
      "usage",
      `the traffic of the deployments is ${sum} percent together: it must be 100, or all 0`,
    );
  }
  for (const { name, traffic, mirror } of deployments) {
    if (mirror > 0 && traffic > 0) {
      throw new MedembedError("usage", `deployment ${name} cannot take traffic and be a mirror of it`);
    }
  }
  const mirrored = deployments.reduce((total, { mirror }) => total + mirror, 0);
  if (mirrored > 100) throw new MedembedError("usage", `the mirrors take ${mirrored} percent together, 100 at most`);
}

function dropUndefined<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never;
}
