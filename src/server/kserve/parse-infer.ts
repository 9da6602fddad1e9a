import Type, { type Static } from "typebox";
import { MedembedError } from "../../errors.ts";
import { schemaFault } from "../../schema-fault.ts";
import { parseJson } from "../calls/parse-json.ts";
import type { ParsedCall, ParsedRow } from "../calls/parsed-call.ts";
import type { ParseOptions } from "../calls/parsers.ts";
import { readImageBytes, readRow, readTextBytes } from "../calls/read-row.ts";
import { readBinaryElements } from "./binary-elements.ts";
import { type InputName, TENSORS } from "./tensors.ts";

/** It comes back in the answer. */
const MAX_ID_LENGTH = 1024;

const InputSchema = Type.Object({
  name: Type.Enum(TENSORS.map(({ input }) => input)),
  datatype: Type.Literal("BYTES"),
  shape: Type.Array(Type.Integer({ minimum: 1 }), { minItems: 1, maxItems: 2, description: "[n] or [n, 1]" }),
  parameters: Type.Optional(Type.Object({ binary_data_size: Type.Optional(Type.Integer({ minimum: 0 })) })),
  data: Type.Optional(Type.Array(Type.Unknown())),
});

/** The request of `POST /v2/models/{model}/infer`. Unknown keys and parameters are ignored. */
export const InferSchema = Type.Object({
  id: Type.Optional(Type.String({ maxLength: MAX_ID_LENGTH })),
  parameters: Type.Optional(Type.Object({ binary_data_output: Type.Optional(Type.Boolean()) })),
  inputs: Type.Array(InputSchema, { minItems: 1 }),
  outputs: Type.Optional(
    Type.Array(
      Type.Object({
        name: Type.Enum(TENSORS.map(({ output }) => output)),
        parameters: Type.Optional(Type.Object({ binary_data: Type.Optional(Type.Boolean()) })),
      }),
      { minItems: 1 },
    ),
  ),
});

type Input = Static<typeof InputSchema>;
type InferRequest = Static<typeof InferSchema>;

/** What the body asks for beside its rows. */
export interface InferAsked {
  readonly id: string | undefined;
  /** In the order of the answer. */
  readonly outputs: readonly AskedOutput[];
}

interface AskedOutput {
  readonly name: string;
  readonly half: InputName;
  /** As bytes behind the JSON of the answer. */
  readonly isBinary: boolean;
}

/**
 * Reads JSON, alone or with tensors as bytes behind it. Row i has the i-th element of each input that an output is asked of;
 * the inputs need not be of one length.
 * @throws MedembedError "invalid-request" for what makes the whole call senseless
 */
export function parseInfer(body: Uint8Array, { maxRows, jsonLength }: ParseOptions): ParsedCall<InferAsked> {
  const split = readJsonLength(jsonLength, body.length);
  const request = parseJson(body.subarray(0, split));
  const fault = schemaFault(InferSchema, request);
  if (fault) throw invalid(`${fault.path.join(".") || "the JSON"} ${fault.reason}`);
  const { id, inputs, ...asked } = request as InferRequest;
  const halves = readInputs(inputs, body.subarray(split), maxRows);
  const outputs = readOutputs(asked, halves);
  const rows: ParsedRow[] = [];
  for (const { half } of outputs) {
    for (const [i, element] of halves.get(half)!.entries()) rows[i] = { ...rows[i], ...element };
  }
  return { rows, imageParams: {}, asked: { id, outputs } };
}

/** Where the JSON ends: without the header at the end of the body. */
function readJsonLength(header: string | undefined, bodyLength: number): number {
  if (header === undefined) return bodyLength;
  const length = /^\d{1,9}$/.test(header) ? Number(header) : Number.NaN;
  if (length <= bodyLength) return length;
  throw invalid("the header Inference-Header-Content-Length must be a whole number, at most the length of the body");
}

/** @param tail the bytes behind the JSON @returns the elements of each input, every one of them a row or its fault */
function readInputs(inputs: readonly Input[], tail: Uint8Array, maxRows: number): Map<InputName, ParsedRow[]> {
  const halves = new Map<InputName, ParsedRow[]>();
  let rest = tail;
  for (const [i, { name, shape, parameters, data }] of inputs.entries()) {
    const place = `inputs.${i}`;
    if (halves.has(name)) throw invalid(`${place} is a second input ${name}`);
    const [length, width = 1] = shape;
    if (width !== 1) throw invalid(`${place}.shape must be [n] or [n, 1]`);
    if (length > maxRows) throw invalid(`${place} has ${length} elements; at most ${maxRows} are taken`);

    const size = parameters?.binary_data_size;
    if (data !== undefined && size === undefined) {
      const cells = data.flat(); // nested as the shape is, or flat
      if (cells.length !== length) throw invalid(`${place} has ${cells.length} elements, its shape says ${length}`);
      halves.set(
        name,
        cells.map((cell) => readRow({ [name]: cell })),
      );
    } else if (data === undefined && size !== undefined) {
      if (size > rest.length) throw invalid(`${place} has ${size} bytes, behind the JSON are ${rest.length} left`);
      halves.set(name, readBinaryElements(rest.subarray(0, size), length).map(BINARY_READERS[name]));
      rest = rest.subarray(size);
    } else throw invalid(`${place} must have either data or parameters.binary_data_size`);
  }
  if (rest.length > 0) throw invalid(`${rest.length} bytes behind the JSON belong to no input`);
  return halves;
}

/** In JSON an image is base64; as bytes it is the file itself. */
const BINARY_READERS = {
  image: readImageBytes,
  text: readTextBytes,
} as const satisfies Record<InputName, (bytes: Uint8Array) => ParsedRow>;

/** Those that are asked for, or one for each input. */
function readOutputs(
  { outputs, parameters }: Pick<InferRequest, "outputs" | "parameters">,
  halves: ReadonlyMap<InputName, unknown>,
): AskedOutput[] {
  const possible = TENSORS.filter(({ input }) => halves.has(input));
  const asked: NonNullable<typeof outputs> = outputs ?? possible.map(({ output }) => ({ name: output }));
  return asked.map(({ name, parameters: own }, i) => {
    if (asked.findIndex((other) => other.name === name) < i) throw invalid(`outputs.${i} is a second ${name}`);
    const tensor = possible.find(({ output }) => output === name);
    if (!tensor) throw invalid(`outputs.${i} is ${name}, of which inputs has nothing`);
    const isBinary = own?.binary_data ?? parameters?.binary_data_output ?? false;
    return { name, half: tensor.input, isBinary };
  });
}

function invalid(message: string): MedembedError {
  return new MedembedError("invalid-request", message);
}
