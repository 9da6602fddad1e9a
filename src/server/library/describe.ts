import Type, { type Static } from "typebox";
import type { Caller } from "../caller.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Libraries } from "./libraries.ts";
import type { ServedLibrary } from "./served-library.ts";

/** What is told of a library. */
export const LibrarySchema = Type.Object(
  {
    name: Type.String(),
    deployment: Type.String({ description: "embeds what is stored and searched" }),
    writable: Type.Boolean(),
    pictures: Type.Boolean({ description: "whether the pictures of its records can be seen" }),
    identities: Type.Boolean({ description: "whether patients, studies and series are known, as hashes" }),
    adapters: Type.Boolean({ description: "whether classifiers that are trained on it can be served" }),
    records: Type.Integer(),
    space: Type.Object(
      {
        model: Type.String(),
        weights: Type.String({ description: "their SHA-256" }),
        profile: Type.String(),
        dimensions: Type.Integer(),
      },
      { additionalProperties: false },
    ),
  },
  { title: "Library", additionalProperties: false },
);

/** `GET /library`: those whose deployments the caller may use. @throws MedembedError "warming-up", "corrupt-library" */
export async function listLibraries(libraries: Libraries, { deployments: allowed }: Caller) {
  const visible = libraries.all.filter(({ config }) => allowed?.includes(config.deployment) ?? true);
  return { libraries: await Promise.all(visible.map(describe)) };
}

/** `GET /library/{library}`. @throws MedembedError "no-library", "forbidden", "warming-up", "corrupt-library" */
export async function describeLibrary(
  libraries: Libraries,
  name: string,
  endpoint: Endpoint,
  { deployments: allowed }: Caller,
): Promise<Static<typeof LibrarySchema>> {
  const library = libraries.find(name);
  endpoint.route(library.config.deployment, allowed);
  return describe(library);
}

async function describe(library: ServedLibrary): Promise<Static<typeof LibrarySchema>> {
  const { name, config } = library;
  const leave = library.enter();
  try {
    const { model, weights, profile, dimensions } = library.head;
    return {
      name,
      deployment: config.deployment,
      writable: config.isWritable,
      pictures: config.pictureFolder !== undefined,
      identities: library.key !== undefined,
      adapters: config.isWritable && config.adapterFolder !== undefined,
      records: await library.use((open) => open.count(), {}),
      space: { model, weights, profile, dimensions },
    };
  } finally {
    leave();
  }
}
