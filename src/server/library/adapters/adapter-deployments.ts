import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { MedembedError } from "../../../errors.ts";
import { profileFor } from "../../adapter-profile.ts";
import type { DeploymentConfig } from "../../config.ts";
import { type LibraryConfig, NAME_PATTERN } from "../library-config.ts";

/**
 * The deployments of the adapters that libraries keep: each is named as its folder, and embeds as the library's deployment does.
 * @param deployments those of the config
 * @throws MedembedError "usage" for a folder that cannot be read, a name that is taken, and an adapter of another profile
 */
export async function adapterDeployments(
  libraries: readonly LibraryConfig[],
  deployments: readonly DeploymentConfig[],
): Promise<DeploymentConfig[]> {
  const kept: DeploymentConfig[] = [];
  for (const library of libraries) {
    const base = deployments.find(({ name }) => name === library.deployment)!;
    for (const name of await keptNames(library)) {
      if ([...deployments, ...kept].some((other) => other.name === name)) {
        throw new MedembedError(
          "usage",
          `${library.place}: the adapter ${adapterPath(library, name)} has the name of another deployment: rename its folder`,
        );
      }
      kept.push(await adapterDeployment(library, base, name));
    }
  }
  return kept;
}

/** One that serves by an adapter what another one embeds. @throws MedembedError "usage" where their profiles differ */
export async function adapterDeployment(
  library: LibraryConfig,
  base: DeploymentConfig,
  name: string,
): Promise<DeploymentConfig> {
  const adapter = adapterPath(library, name);
  return { ...base, name, traffic: 0, mirror: 0, adapter, profile: await profileFor(adapter, base.profile) };
}

/** Where a library keeps the adapter of that name. */
export function adapterPath({ adapterFolder }: LibraryConfig, name: string): string {
  return join(adapterFolder!, name);
}

/** Whether it is of an adapter that the library keeps. */
export function keepsAdapter(library: LibraryConfig, { name, adapter }: DeploymentConfig): boolean {
  return library.adapterFolder !== undefined && adapter === adapterPath(library, name);
}

/** The names of the adapters that a library keeps, sorted. @throws MedembedError "usage" */
export async function keptNames({ adapterFolder, place, name }: LibraryConfig): Promise<string[]> {
  if (adapterFolder === undefined) return [];
  const entries = await readdir(adapterFolder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return []; // none was kept yet
    throw new MedembedError("usage", `${place}: the adapters of libraries.${name} cannot be read: ${cause.code}`, {
      cause,
    });
  });
  return entries
    .filter((entry) => entry.isDirectory() && NAME_PATTERN.test(entry.name))
    .map((entry) => entry.name)
    .sort();
}
