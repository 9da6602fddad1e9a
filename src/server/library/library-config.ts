import { parse, resolve } from "node:path";
import Type, { type Static } from "typebox";
import { MedembedError } from "../../errors.ts";
import { isRemote } from "../../library/library-place.ts";
import { isClassifier } from "../classifier.ts";
import type { DeploymentConfig } from "../config.ts";
import type { ParsedYaml } from "../parse-yaml.ts";

/** A name travels in paths. */
export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const closed = { additionalProperties: false };

const LibrarySchema = Type.Object(
  {
    uri: Type.String({
      minLength: 1,
      description: "a folder, from the config's, or an address such as s3://bucket/library",
    }),
    deployment: Type.Optional(
      Type.String({ minLength: 1, description: "embeds what is stored and searched; without it the lone one" }),
    ),
    writable: Type.Optional(Type.Boolean({ description: "whether calls store and remove records; without it false" })),
    key: Type.Optional(
      Type.String({
        minLength: 1,
        description: "a file, made if it does not exist: patients, studies and series are hashed under the key in it",
      }),
    ),
    adapters: Type.Optional(
      Type.String({
        minLength: 1,
        description: "a folder, from the config's: adapters that calls train are kept there, and each is a deployment",
      }),
    ),
    pictures: Type.Optional(
      Type.Union([Type.Boolean(), Type.String({ minLength: 1 })], {
        description:
          "whether the pictures of records are shown: those in a folder, from the config's, or, where true, wherever they are; without it false",
      }),
    ),
  },
  closed,
);

/** `libraries` in the config. */
export const LibrariesSchema = Type.Record(Type.String({ pattern: NAME_PATTERN.source }), LibrarySchema, closed);

/** A library behind the endpoint with its settings, complete. */
export interface LibraryConfig {
  readonly name: string;
  /** A folder from the root, or an address. */
  readonly uri: string;
  /** By its name. */
  readonly deployment: string;
  readonly isWritable: boolean;
  /** Holds the key of the identities; without it no record has any. */
  readonly keyFile?: string | undefined;
  /** The folder, from the root, of whose files pictures are shown; without it none are. */
  readonly pictureFolder?: string | undefined;
  /** The folder, from the root, of adapters that were trained on its records, each of them a deployment; without it none are kept. */
  readonly adapterFolder?: string | undefined;
  /** File and line of it in the config, for messages. */
  readonly place: string;
}

interface ReadingOptions extends Pick<ParsedYaml<unknown>, "placeOf"> {
  /** Of the config, from which paths count. */
  readonly folder: string;
  readonly deployments: readonly DeploymentConfig[];
}

/** @throws MedembedError "usage" with file, line and reason for a library whose deployment cannot serve it */
export function readLibraries(
  given: Static<typeof LibrariesSchema>,
  { folder, deployments, placeOf }: ReadingOptions,
): LibraryConfig[] {
  return Object.entries(given).map(([name, { uri, deployment: wanted, writable = false, key, pictures, adapters }]) => {
    const place = placeOf(["libraries", name]);
    const refuse = (reason: string) => new MedembedError("usage", `${place}: libraries.${name} ${reason}`);
    const names = deployments.map((one) => one.name).join(", ");
    if (wanted === undefined && deployments.length > 1) throw refuse(`must name its deployment, one of ${names}`);
    const deployment = wanted === undefined ? deployments[0] : deployments.find((one) => one.name === wanted);
    if (!deployment) throw refuse(`names a deployment that there is not; there are ${names}`);
    if (isClassifier(deployment)) {
      throw refuse(`needs a deployment that gives vectors, ${deployment.name} gives labels`);
    }
    return {
      name,
      uri: isRemote(uri) ? uri : resolve(folder, uri),
      deployment: deployment.name,
      isWritable: writable,
      ...(key !== undefined && { keyFile: resolve(folder, key) }),
      ...(pictures && { pictureFolder: pictures === true ? parse(resolve(folder)).root : resolve(folder, pictures) }),
      ...(adapters !== undefined && { adapterFolder: resolve(folder, adapters) }),
      place,
    };
  });
}
