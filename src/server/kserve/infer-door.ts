import { MedembedError } from "../../errors.ts";
import { mediaTypeOf, readStrictOptions, refuseForeignPages } from "../calls/call-options.ts";
import type { Door } from "../calls/door.ts";
import { joinPieces, type Piece, writeArray, writeObject } from "../calls/json-pieces.ts";
import { vectorAsFloat32, vectorAsJson } from "../calls/write-vector.ts";

/** Clients of this protocol often declare nothing. */
const MEDIA_TYPES: readonly string[] = ["", "application/json", "application/octet-stream"];

/** `POST /v2/models/{model}/infer`, the Open Inference Protocol, with its extension for binary tensors. */
export const inferDoor: Door<"infer"> = {
  parser: "infer",
  readOptions: (headers) => {
    refuseForeignPages(headers);
    if (!MEDIA_TYPES.includes(mediaTypeOf(headers["content-type"]))) {
      throw new MedembedError("unsupported-media-type", "the Content-Type must be application/json or -/octet-stream");
    }
    return readStrictOptions(headers);
  },
  writeVector: (vector, { half, asked }) => {
    const { isBinary } = asked.outputs.find((output) => output.half === half)!;
    return isBinary ? vectorAsFloat32(vector) : vectorAsJson(vector).subarray(1, -1); // values without brackets
  },
  writeAnswer: (rows, { deployment, asked }) => {
    const tensors = asked.outputs.map(({ name, half, isBinary }) => {
      const vectors = rows.flatMap((row) => row[half] ?? []);
      const content: Record<string, Piece[]> = isBinary
        ? { parameters: [JSON.stringify({ binary_data_size: sumOfLengths(vectors) })] }
        : { data: writeArray(vectors.map((values) => [values])) };
      const json = writeObject({
        name: [JSON.stringify(name)],
        datatype: ['"FP32"'],
        shape: [JSON.stringify([vectors.length, deployment.card.projection])],
        ...content,
      });
      return { json, binary: isBinary ? vectors : [] };
    });
    const json = joinPieces(
      writeObject({
        model_name: [JSON.stringify(deployment.name)],
        id: asked.id === undefined ? undefined : [JSON.stringify(asked.id)],
        outputs: writeArray(tensors.map((tensor) => tensor.json)),
      }),
    );
    const binary = tensors.flatMap((tensor) => tensor.binary);
    if (binary.length === 0) return { headers: { "content-type": "application/json" }, body: json };
    return {
      headers: {
        "content-type": "application/octet-stream",
        "inference-header-content-length": String(json.length),
      },
      body: Buffer.concat([json, ...binary]),
    };
  },
};

function sumOfLengths(vectors: readonly Buffer[]): number {
  return vectors.reduce((sum, { length }) => sum + length, 0);
}
