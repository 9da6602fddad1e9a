import { MedembedError } from "../../errors.ts";
import { needJson, readStrictOptions } from "../calls/call-options.ts";
import type { Door } from "../calls/door.ts";
import type { EmbeddedRow } from "../calls/embed-rows.ts";
import { joinPieces, type Piece, writeArray, writeObject } from "../calls/json-pieces.ts";
import { vectorAsFloat32, vectorAsJson } from "../calls/write-vector.ts";

/** `POST /v1/embeddings`, as OpenAI's clients speak it. */
export const embeddingsDoor: Door<"embeddings"> = {
  parser: "embeddings",
  hasModelInBody: true,
  countsTokens: true,
  readOptions: (headers) => {
    needJson(headers);
    return readStrictOptions(headers);
  },
  checkAsked: ({ dimensions }, { card }) => {
    if (dimensions === undefined || dimensions === card.projection) return;
    throw new MedembedError("invalid-request", `dimensions must be ${card.projection}, the model has no other vectors`);
  },
  writeVector: (vector, { asked }) =>
    asked.isBase64 ? Buffer.from(`"${vectorAsFloat32(vector).toString("base64")}"`, "latin1") : vectorAsJson(vector),
  writeAnswer: (rows, { asked }) => {
    const tokens = rows.reduce((sum, row) => sum + (row.tokens ?? 0), 0); // images have none
    return {
      headers: { "content-type": "application/json" },
      body: joinPieces(
        writeObject({
          object: ['"list"'],
          data: writeArray(rows.map(writeEmbedding)),
          model: [JSON.stringify(asked.model)],
          usage: [JSON.stringify({ prompt_tokens: tokens, total_tokens: tokens })],
        }),
      ),
    };
  },
};

function writeEmbedding({ image, text }: EmbeddedRow, index: number): Piece[] {
  return writeObject({ object: ['"embedding"'], index: [String(index)], embedding: [(image ?? text)!] });
}
