import Type from "typebox";
import { MedembedError } from "../../errors.ts";
import { schemaFault } from "../../schema-fault.ts";
import { parseJson } from "../calls/parse-json.ts";
import type { ParsedCall, ParsedRow } from "../calls/parsed-call.ts";
import type { ParseOptions } from "../calls/parsers.ts";
import { readRow } from "../calls/read-row.ts";

/** The request of `POST /v1/embeddings`. Unknown keys, such as `user`, are ignored. */
export const EmbeddingsSchema = Type.Object({
  model: Type.String({ minLength: 1, description: "a deployment, or the model in it" }),
  input: Type.Union([Type.String(), Type.Array(Type.Unknown())]),
  encoding_format: Type.Optional(Type.Union([Type.Literal("float"), Type.Literal("base64"), Type.Null()])),
  dimensions: Type.Optional(Type.Union([Type.Integer({ minimum: 1 }), Type.Null()])),
});

/** What the body asks for beside its rows. */
export interface EmbeddingsAsked {
  /** As the caller named it. */
  readonly model: string;
  readonly isBase64: boolean;
  readonly dimensions: number | undefined;
}

/** @param body JSON in UTF-8 @throws MedembedError "invalid-request" for what makes the whole call senseless */
export function parseEmbeddings(body: Uint8Array, { maxRows }: ParseOptions): ParsedCall<EmbeddingsAsked> {
  const request = parseJson(body);
  const fault = schemaFault(EmbeddingsSchema, request);
  if (fault) throw invalid(`${fault.path.join(".") || "the body"} ${fault.reason}`);
  const { model, input, encoding_format, dimensions } = request as Type.Static<typeof EmbeddingsSchema>;
  const items = typeof input === "string" ? [input] : input;
  if (items.length === 0) throw invalid("input is empty; at least one item is needed");
  if (items.length > maxRows) throw invalid(`input has ${items.length} items; at most ${maxRows} are taken`);
  return {
    rows: items.map(readItem),
    imageParams: {},
    model,
    asked: { model, isBase64: encoding_format === "base64", dimensions: dimensions ?? undefined },
  };
}

/** A text, a picture as `data:image/…;base64,…`, or either in an object, as multimodal services name them. */
function readItem(item: unknown, i: number): ParsedRow {
  if (typeof item === "string") return readRow(/^data:image\//i.test(item) ? { image: item } : { text: item });
  if (typeof item === "number" || Array.isArray(item)) {
    throw invalid(`input.${i} is made of token ids, which mean something else to every model: send the text`);
  }
  const { image, text } = own(item);
  if ((image === undefined) === (text === undefined)) {
    throw invalid(`input.${i} must be a text, or an object with either "text" or "image"`);
  }
  return readRow({ image, text });
}

/** What the caller wrote, not what every object has. */
function own(item: unknown): { readonly image?: unknown; readonly text?: unknown } {
  return typeof item === "object" && item !== null ? { ...item } : {};
}

function invalid(message: string): MedembedError {
  return new MedembedError("invalid-request", message);
}
