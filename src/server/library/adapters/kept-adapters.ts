import { rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Adapter } from "../../../applications/adapters/adapter.ts";
import { saveAdapter } from "../../../applications/adapters/adapter-files.ts";
import type { CallThresholds } from "../../../applications/operating-points/three-way-call.ts";
import { MedembedError } from "../../../errors.ts";
import type { DeploymentConfig } from "../../config.ts";
import { Turns } from "../../turns.ts";
import { NAME_PATTERN } from "../library-config.ts";
import type { ServedLibrary } from "../served-library.ts";
import { adapterDeployment, adapterPath, keepsAdapter, keptNames } from "./adapter-deployments.ts";

/** Each is a deployment with its model in memory. */
const MAX_ADAPTERS = 16;

/** Who serves deployments beside those of the config. */
export interface ExtraDeployments {
  /** As it is served now. */
  readonly find: (name: string) => DeploymentConfig | undefined;
  /** @throws what it cannot be loaded with, and then it is not served */
  readonly add: (config: DeploymentConfig) => Promise<void>;
  /** It closes after its last call. */
  readonly remove: (name: string) => Promise<void>;
}

interface NewAdapter {
  readonly adapter: Adapter;
  /** By label, where others are wanted than it has. */
  readonly thresholds: Readonly<Record<string, CallThresholds>>;
}

/** The adapters in the folders of libraries, each of which is served. */
export class KeptAdapters {
  readonly #deployments: ExtraDeployments;
  readonly #turns = new Turns();

  constructor(deployments: ExtraDeployments) {
    this.#deployments = deployments;
  }

  /**
   * Writes it into the library's folder and serves it, also after a restart. Who leaves meanwhile leaves nothing behind.
   * @throws MedembedError "invalid-request" for a name that is none or taken, and labels that it does not have; "no-route" for a library
   *   that keeps none; "write-failed"; the signal's reason
   */
  add(library: ServedLibrary, name: string, { adapter, thresholds }: NewAdapter, signal: AbortSignal): Promise<void> {
    return this.#turns.take(async () => {
      const path = placeOf(library, name);
      const stranger = Object.keys(thresholds).find((label) => !adapter.card.labels.includes(label));
      if (stranger !== undefined) throw invalid("thresholds are for labels that the adapter has");
      const kept = await keptNames(library.config);
      if (this.#deployments.find(name) || kept.includes(name)) {
        throw invalid("there is a deployment or an adapter of that name: take another one");
      }
      if (kept.length >= MAX_ADAPTERS) {
        throw invalid(`the library keeps ${MAX_ADAPTERS} adapters, each with its model in memory: remove one first`);
      }
      const callThresholds = { ...adapter.card.callThresholds, ...thresholds };
      await saveAdapter(new Adapter({ ...adapter.card, callThresholds }, adapter.tensors), path);
      try {
        const base = this.#deployments.find(library.config.deployment)!;
        await this.#deployments.add(await adapterDeployment(library.config, base, name));
        if (signal.aborted) {
          await this.#deployments.remove(name);
          throw signal.reason;
        }
      } catch (error) {
        await removeFolder(path);
        throw error;
      }
    });
  }

  /** @throws MedembedError "no-route" for one that the library does not keep, "write-failed" */
  remove(library: ServedLibrary, name: string): Promise<void> {
    return this.#turns.take(async () => {
      const path = placeOf(library, name);
      const deployment = this.#deployments.find(name);
      if (!deployment || !keepsAdapter(library.config, deployment)) {
        throw new MedembedError("no-route", "the library keeps no adapter of that name");
      }
      await this.#deployments.remove(name);
      await removeFolder(path);
    });
  }
}

function placeOf({ config }: ServedLibrary, name: string): string {
  if (config.adapterFolder === undefined) {
    throw new MedembedError("no-route", "this library keeps no adapters: its config names no folder for them");
  }
  if (!NAME_PATTERN.test(name)) {
    throw invalid("an adapter's name begins with a letter or digit, then letters, digits, _ . -; at most 64");
  }
  return adapterPath(config, name);
}

/** At one blow: what breaks off leaves nothing that is taken for an adapter. @throws MedembedError "write-failed" */
async function removeFolder(path: string): Promise<void> {
  const removed = join(dirname(path), `.${basename(path)}-removed`);
  try {
    await rm(removed, { recursive: true, force: true }); // from a removal that broke off
    await rename(path, removed);
    await rm(removed, { recursive: true });
  } catch (cause) {
    throw new MedembedError("write-failed", `cannot remove ${path}: ${(cause as NodeJS.ErrnoException).code}`, {
      cause,
    });
  }
}

function invalid(message: string): MedembedError {
  return new MedembedError("invalid-request", message);
}
