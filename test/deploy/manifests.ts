import { readdirSync } from "node:fs";
import { parse } from "yaml";
import { deployFile, readDeployFile } from "./deploy-file.ts";

/** The files of deploy/kubernetes that are not objects of the cluster. */
const NO_MANIFESTS = ["kustomization.yaml", "medembed.yaml"];

/** In which module of kubernetes-types an API has its types. */
const TYPES_OF: Readonly<Record<string, string>> = {
  v1: "core/v1",
  "apps/v1": "apps/v1",
  "autoscaling/v2": "autoscaling/v2",
  "networking.k8s.io/v1": "networking/v1",
  "policy/v1": "policy/v1",
};

export interface Manifest {
  readonly file: string;
  readonly object: { readonly apiVersion: string; readonly kind: string };
}

/** Every file of deploy/kubernetes with one object. */
export const MANIFESTS: readonly Manifest[] = readdirSync(deployFile("kubernetes"))
  .filter((file) => !NO_MANIFESTS.includes(file))
  .map((file) => ({ file, object: parse(readDeployFile(`kubernetes/${file}`)) }));

/** The one object of a kind. */
export function manifestOf<T extends { readonly kind?: string }>(kind: NonNullable<T["kind"]>): T {
  const [found] = MANIFESTS.filter(({ object }) => object.kind === kind);
  return found.object as unknown as T;
}

/** A module that compiles if, and only if, each object is of its type and has no field that the type has not. */
export function typeScriptOf(manifests: readonly Manifest[], typesFolder: string): string {
  return manifests
    .map(({ object }, i) => {
      const module = `${typesFolder}/${TYPES_OF[object.apiVersion]}.d.ts`;
      return `import type { ${object.kind} as Kind${i} } from ${JSON.stringify(module)};
export const object${i}: Kind${i} = ${JSON.stringify(object)};\n`;
    })
    .join("");
}
