import Type, { type Static } from "typebox";
import { MedembedError } from "../errors.ts";

const MiB = 2 ** 20;
/** A CT slice has half a MiB, a mammogram rarely more than thirty. */
const DEFAULT_MAX_BYTES = 32 * MiB;
/** A picture that takes longer holds up a whole call of 90 s. */
const DEFAULT_TIMEOUT_MS = 10_000;

/** `imageUrls` in the config. */
export const ImageUrlsSchema = Type.Object(
  {
    allow: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      description: "hosts, e.g. images.example.org or pacs.example.org:8443; with http:// before it, unencrypted",
    }),
    allowPrivate: Type.Optional(Type.Boolean({ description: "also hosts with private addresses, or of this machine" })),
    maxBytes: Type.Optional(Type.Integer({ minimum: 1024, maximum: 500 * MiB })),
    timeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_600_000 })),
  },
  { additionalProperties: false },
);

/** From where images may be fetched, and how much of them. */
export interface ImageUrls {
  /** Scheme, host and port, as `URL.origin` writes them. */
  readonly origins: readonly string[];
  readonly allowPrivate: boolean;
  /** Of one image. */
  readonly maxBytes: number;
  /** For one image, redirects included. */
  readonly timeoutMs: number;
}

/** @throws MedembedError "usage" */
export function readImageUrls(given: Static<typeof ImageUrlsSchema>): ImageUrls {
  const { allow, allowPrivate = false, maxBytes = DEFAULT_MAX_BYTES, timeoutMs = DEFAULT_TIMEOUT_MS } = given;
  return { origins: allow.map(readOrigin), allowPrivate, maxBytes, timeoutMs };
}

function readOrigin(entry: string, index: number): string {
  const text = entry.includes("://") ? entry : `https://${entry}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // A path, a query, a name or a star would look as if it counted.
  if (!url || !["http:", "https:"].includes(url.protocol) || url.href !== `${url.origin}/` || entry.includes("*")) {
    throw new MedembedError("usage", `imageUrls.allow.${index} is no host, with a port or http:// at most`);
  }
  return url.origin;
}
