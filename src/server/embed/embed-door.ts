import { type CallOptions, mediaTypeOf, readStrictOptions, refuseForeignPages } from "../calls/call-options.ts";
import type { Door } from "../calls/door.ts";
import { joinPieces, writeArray, writeObject } from "../calls/json-pieces.ts";
import { vectorAsFloat32, vectorAsJson } from "../calls/write-vector.ts";
import { bodyOf } from "./parse-embed.ts";

interface EmbedOptions extends CallOptions {
  readonly isBinary: boolean;
}

const JSON_TYPE = "application/json";
const BINARY_TYPE = "application/octet-stream";

/** `POST /embed`: files as they are, for whoever has no client. */
export const embedDoor: Door<"embed", EmbedOptions> = {
  parser: "embed",
  readOptions: (headers) => {
    refuseForeignPages(headers);
    bodyOf(headers["content-type"]);
    return { ...readStrictOptions(headers), isBinary: prefersBinary(headers.accept ?? "") };
  },
  writeVector: (vector, { options }) => (options.isBinary ? vectorAsFloat32(vector) : vectorAsJson(vector)),
  writeAnswer: (rows, { deployment, options }) => {
    const halves = rows.map(({ image, text }) => ({ kind: image ? "image" : "text", vector: (image ?? text)! }));
    const size = { "medembed-rows": String(rows.length), "medembed-dimensions": String(deployment.card.projection) };
    if (options.isBinary) {
      return {
        headers: { "content-type": BINARY_TYPE, ...size },
        body: Buffer.concat(halves.map(({ vector }) => vector)),
      };
    }
    const objects = halves.map(({ kind, vector }) => writeObject({ kind: [JSON.stringify(kind)], vector: [vector] }));
    return { headers: { "content-type": JSON_TYPE, ...size }, body: joinPieces(writeArray(objects)) };
  },
};

/** Whether it names the binary form, and JSON not before it. */
function prefersBinary(accept: string): boolean {
  const types = accept.split(",").map(mediaTypeOf);
  return types.find((type) => type === JSON_TYPE || type === BINARY_TYPE) === BINARY_TYPE;
}
