import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { temporaryFolder } from "../golden-small.ts";
import { deployFile, REPOSITORY, readDeployFile } from "./deploy-file.ts";

/** The files of deploy/kubernetes that are not objects of the cluster. */
const NO_MANIFESTS = ["kustomization.yaml", "medembed.yaml"];

const MODULES = join(REPOSITORY, "node_modules");

/** Which module has the types of an API. */
const TYPES_OF: Readonly<Record<string, string>> = {
  v1: join(MODULES, "kubernetes-types/core/v1.d.ts"),
  "apps/v1": join(MODULES, "kubernetes-types/apps/v1.d.ts"),
  "autoscaling/v2": join(MODULES, "kubernetes-types/autoscaling/v2.d.ts"),
  "networking.k8s.io/v1": join(MODULES, "kubernetes-types/networking/v1.d.ts"),
  "policy/v1": join(MODULES, "kubernetes-types/policy/v1.d.ts"),
  "keda.sh/v1alpha1": join(import.meta.dirname, "keda-types.ts"),
};

export interface ClusterObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

export interface Manifest {
  readonly file: string;
  readonly object: ClusterObject;
}

/** Every file of deploy/kubernetes with one object, of the server. */
export const MANIFESTS = readManifests("kubernetes");

/** The same of the workers. */
export const WORKER_MANIFESTS = readManifests("kubernetes/workers");

function readManifests(folder: string): readonly Manifest[] {
  return readdirSync(deployFile(folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && !NO_MANIFESTS.includes(entry.name))
    .map(({ name }) => ({ file: name, object: parse(readDeployFile(`${folder}/${name}`)) }));
}

/** The one object of a kind. */
export function manifestOf<T extends { readonly kind?: string }>(
  kind: NonNullable<T["kind"]>,
  manifests: readonly Manifest[] = MANIFESTS,
): T {
  const [found] = manifests.filter(({ object }) => object.kind === kind);
  return found.object as unknown as T;
}

/** What the TypeScript compiler has to say about objects: whether each is of its type and has no field that the type has not. */
export async function typeFaults(objects: readonly ClusterObject[]): Promise<string[]> {
  const folder = await temporaryFolder();
  const file = join(folder, "objects.ts");
  await writeFile(file, objects.map(typeScriptOf).join(""));
  const options = ["--noEmit", "--strict", "--target", "es2023", "--module", "nodenext", "--types", ""];
  const compiler = join(MODULES, "typescript/bin/tsc");
  const args = [compiler, ...options, "--allowImportingTsExtensions", file];
  const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  return stdout.split("\n").filter((line) => line.includes("error TS"));
}

function typeScriptOf(object: ClusterObject, i: number): string {
  const module = JSON.stringify(TYPES_OF[object.apiVersion]);
  return `import type { ${object.kind} as Kind${i} } from ${module};
export const object${i}: Kind${i} = ${JSON.stringify(object)};\n`;
}
