import { unwatchFile, watchFile } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import type { FastifyBaseLogger } from "fastify";
import { MedembedError } from "../errors.ts";
import type { Service } from "./calls/answer-call.ts";
import { imageFetcher } from "./calls/fetch-image.ts";
import { checkExposure, type DeploymentConfig, type ServerConfig } from "./config.ts";
import { Deployment } from "./deployment.ts";
import { type Environment, isOpenToOthers, type KeySet, keySetOf, readKeyFile } from "./key-set.ts";
import { openLibraries } from "./library/libraries.ts";
import { ServedLibrary } from "./library/served-library.ts";
import { kindOf } from "./traces.ts";
import { Turns } from "./turns.ts";

/** How often the key file is looked at. Asking the system to tell misses files that are replaced, and those on network drives. */
const LOOK_EVERY_MS = 1_000;
/** What a socket that listens, or a folder in use, cannot change. */
const NEEDS_RESTART = [
  "host",
  "port",
  "cache",
  "shared",
  "queue",
  "batch",
] as const satisfies readonly (keyof ServerConfig)[];

/** By their names. */
interface Changes {
  readonly opened: readonly string[];
  /** Of deployments: those that kept their model, whatever else of them has changed. */
  readonly kept: readonly string[];
  /** Those that end after their last call. */
  readonly closed: readonly string[];
}

/** What became of a reload: of deployments, and beside them of libraries where there are some. */
export interface ReloadReport extends Changes {
  readonly libraries?: Changes;
  /** What has changed in the config and counts only after a restart. */
  readonly needsRestart: readonly string[];
}

interface LiveConfigOptions {
  readonly service: Service;
  /** As the service has it. */
  readonly config: ServerConfig;
  /** Reads the config anew. @throws MedembedError */
  readonly reread: () => Promise<ServerConfig>;
  /** Its keys go before those of a file. */
  readonly environment: Environment;
  /** Loads a deployment and tests it. @throws MedembedError */
  readonly open: (deployment: Deployment) => Promise<void>;
  /** Told of what goes wrong in a library where no call is at fault. */
  readonly onLibraryFault: (error: Error) => void;
  /** Until then no other config is taken over. */
  readonly ready: Promise<void>;
  readonly log: FastifyBaseLogger;
}

/** What is behind the endpoint. */
interface Behind {
  readonly deployments: readonly Deployment[];
  readonly libraries: readonly ServedLibrary[];
}

/** The config that the server runs with, and the ways to another one without losing a call. */
export class LiveConfig {
  readonly #options: LiveConfigOptions;
  readonly #reloads = new Turns();
  /** What is read and taken over in one turn is never undone by what was read before it. */
  readonly #keyTurns = new Turns();
  readonly #closing = new Set<Promise<void>>();
  #config: ServerConfig;

  constructor(options: LiveConfigOptions) {
    this.#options = options;
    this.#config = options.config;
    this.#watchKeys();
    void this.#reloads.take(() => options.ready.catch(() => {})); // whoever waits for it tells
  }

  get config(): ServerConfig {
    return this.#config;
  }

  /**
   * Takes over the config as it is now. All of it is checked and every new model is loaded before anything changes; what is
   * left over closes after its last call.
   * @throws MedembedError "reload-refused" with the reason; everything is as before
   */
  async reload(): Promise<ReloadReport> {
    const { log } = this.#options;
    try {
      const report = await this.#reloads.take(() => this.#reload());
      log.info(report, "reloaded");
      return report;
    } catch (error) {
      if (!(error instanceof MedembedError)) {
        log.error({ error: kindOf(error as Error) }, "reload failed, all is as before");
        throw error;
      }
      log.warn({ reason: error.message }, "reload refused, all is as before");
      throw new MedembedError("reload-refused", error.message, { cause: error });
    }
  }

  /** Serves one more, beside those that there are. @throws MedembedError for what cannot be loaded, "stopping"; then all is as before */
  addDeployment(wanted: DeploymentConfig): Promise<void> {
    const { service, open, log } = this.#options;
    return this.#reloads.take(async () => {
      const deployment = new Deployment(wanted);
      try {
        await open(deployment);
        if (service.endpoint.isStopping) throw new MedembedError("stopping", "the server is stopping");
      } catch (error) {
        await deployment.close();
        throw error;
      }
      service.endpoint.replace([...service.endpoint.deployments, deployment]);
      this.#config = { ...this.#config, deployments: [...this.#config.deployments, wanted] };
      log.info({ deployment: wanted.name }, "added");
    });
  }

  /** It closes after its last call. */
  removeDeployment(name: string): Promise<void> {
    const { endpoint } = this.#options.service;
    return this.#reloads.take(async () => {
      const others = endpoint.deployments.filter((one) => one.name !== name);
      for (const retired of endpoint.replace(others)) this.#retire({ deployment: name }, retired);
      const deployments = this.#config.deployments.filter((one) => one.name !== name);
      this.#config = { ...this.#config, deployments };
    });
  }

  /** Ends what a reload has left over, and waits for it. */
  async close(): Promise<void> {
    this.#unwatchKeys();
    await this.#reloads.take(() => Promise.all(this.#closing));
  }

  async #reload(): Promise<ReloadReport> {
    const { endpoint, libraries: served } = this.#options.service;
    const before = { deployments: endpoint.deployments, libraries: served.all };
    const config = await this.#options.reread();
    checkExposure(this.#config.host, config.keys); // it goes on listening there
    const deployments = config.deployments.map(
      (wanted) =>
        before.deployments.find((one) => one.name === wanted.name && one.servesAs(wanted)) ?? new Deployment(wanted),
    );
    const libraries = config.libraries.map(
      (wanted) =>
        before.libraries.find((one) => one.servesAs(wanted)) ?? new ServedLibrary(wanted, this.#options.onLibraryFault),
    );
    const opened = deployments.filter((deployment) => !before.deployments.includes(deployment));
    const needsRestart = NEEDS_RESTART.filter((name) => !isDeepStrictEqual(config[name], this.#config[name]));
    try {
      for (const deployment of opened) await this.#options.open(deployment);
      await openLibraries(libraries, deployments);
      await this.#keyTurns.take(async () => {
        const keys = await this.#readKeys(config); // they may have been rotated while the models were loading
        if (endpoint.isStopping) throw new MedembedError("stopping", "the server is stopping");
        this.#takeOver(config, keys, { deployments, libraries });
      });
    } catch (error) {
      const unused = [...opened, ...libraries.filter((library) => !before.libraries.includes(library))];
      await Promise.all(unused.map((one) => one.close()));
      throw error;
    }
    const hasLibraries = before.libraries.length + libraries.length > 0;
    return {
      ...changesOf(before.deployments, deployments),
      ...(hasLibraries && { libraries: changesOf(before.libraries, libraries) }),
      needsRestart,
    };
  }

  /** At one blow: no call sees half of it. */
  #takeOver(config: ServerConfig, keys: KeySet, { deployments, libraries }: Behind): void {
    const { service } = this.#options;
    for (const [i, deployment] of deployments.entries()) deployment.change(config.deployments[i]);
    for (const retired of service.endpoint.replace(deployments)) this.#retire({ deployment: retired.name }, retired);
    for (const retired of service.libraries.replace(libraries)) this.#retire({ library: retired.name }, retired);
    service.keys.replace(keys);
    service.allowedHosts = config.allowedHosts;
    service.limits = config.limits;
    service.load.limits = config.limits;
    service.fetchImage = config.imageUrls && imageFetcher(config.imageUrls);
    const { host, port, cache, shared, queue, batch, keyFile } = this.#config;
    const isOtherFile = keyFile !== config.keyFile; // a watch that began anew would miss a change in between
    if (isOtherFile) this.#unwatchKeys();
    this.#config = { ...config, host, port, cache, shared, queue, batch };
    if (isOtherFile) this.#watchKeys();
  }

  /** @param what it is, for the log */
  #retire(what: Readonly<Record<string, string>>, retired: Deployment | ServedLibrary): void {
    const { log } = this.#options;
    const closing = retired
      .close()
      .then(() => log.info(what, "closed after its last call"))
      .catch((error: Error) => log.error({ ...what, error: kindOf(error) }, "cannot be closed"))
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  #watchKeys(): void {
    const { keyFile } = this.#config;
    if (keyFile === undefined) return;
    watchFile(keyFile, { interval: LOOK_EVERY_MS, persistent: false }, this.#refreshKeys);
    void this.#warnOfReaders(keyFile);
  }

  #unwatchKeys(): void {
    if (this.#config.keyFile !== undefined) unwatchFile(this.#config.keyFile, this.#refreshKeys);
  }

  /** A file that makes no sense, as one that is still being written, leaves the keys as they are. */
  readonly #refreshKeys = async (): Promise<void> => {
    const { log, service } = this.#options;
    try {
      await this.#keyTurns.take(async () => service.keys.replace(await this.#readKeys(this.#config)));
      log.info({ keys: service.keys.callers.map(({ name }) => name) }, "the key file has changed and is taken over");
    } catch (error) {
      const reason = error instanceof MedembedError ? error.message : kindOf(error as Error);
      log.warn({ reason }, "the key file is refused, the keys are as before");
    }
    if (this.#config.keyFile !== undefined) await this.#warnOfReaders(this.#config.keyFile);
  };

  async #readKeys({ keyFile, keys, deployments }: ServerConfig): Promise<KeySet> {
    if (keyFile === undefined) return keys;
    const names = deployments.map(({ name }) => name);
    return keySetOf(await readKeyFile(keyFile), this.#options.environment, names);
  }

  async #warnOfReaders(keyFile: string): Promise<void> {
    if (await isOpenToOthers(keyFile).catch(() => false)) {
      this.#options.log.warn("others on this machine can read the key file: chmod 600 keeps it from them");
    }
  }
}

/** Of those before and those after a reload. */
function changesOf<One extends { readonly name: string }>(before: readonly One[], after: readonly One[]): Changes {
  const namesOf = (some: readonly One[]) => some.map(({ name }) => name);
  return {
    opened: namesOf(after.filter((one) => !before.includes(one))),
    kept: namesOf(after.filter((one) => before.includes(one))),
    closed: namesOf(before.filter((one) => !after.includes(one))),
  };
}
