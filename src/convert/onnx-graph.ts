import { ProtobufMessage } from "./protobuf.ts";

/** Opset 20 is the first with Gelu; IR 9 goes with it. */
const OPSET = 20;
const IR_VERSION = 9;

/** ONNX's numbers for the element types used here. https://onnx.ai/onnx/api/mapping.html */
const ELEMENT_TYPES = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const;
export type ElementType = keyof typeof ELEMENT_TYPES;

/** The runtime's own operators, beside the standard ones. https://onnxruntime.ai/docs/reference/operators/ContribOperators.html */
export const MICROSOFT = "com.microsoft";

/** The output of a node, an input of the graph or an initializer: ONNX knows values by their name. */
export type Value = string & { readonly __brand: "Value" };

/** Attributes that ONNX wants as FLOAT even where the number is whole; every other number is an INT. */
const FLOAT_ATTRIBUTES: ReadonlySet<string> = new Set(["epsilon", "alpha"]);

type Attribute = number | string | readonly number[];

/** A weight that is written to the external data file, one at a time, when the graph is complete. */
export interface ExternalTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly load: () => Promise<Uint8Array>;
}

/** Where an external tensor came to lie. */
export interface ExternalLocation {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/** Collects nodes and weights in topological order; a name in a dimension means that it is free. */
export class OnnxGraph {
  readonly externalTensors: ExternalTensor[] = [];
  readonly #nodes: ProtobufMessage[] = [];
  readonly #inputs: ProtobufMessage[] = [];
  readonly #outputs: ProtobufMessage[] = [];
  readonly #constants: ProtobufMessage[] = [];
  readonly #constantNames = new Map<string, Value>();
  readonly #external = new Set<string>();
  #count = 0;

  input(name: string, type: ElementType, dims: readonly (number | string)[]): Value {
    this.#inputs.push(valueInfo(name, type, dims));
    return name as Value;
  }

  /** Names the value as an output of the graph. */
  output(name: string, value: Value, type: ElementType, dims: readonly (number | string)[]): void {
    this.#nodes.push(nodeProto("Identity", [value], [name], {}, ""));
    this.#outputs.push(valueInfo(name, type, dims));
  }

  /** A node with one output. An empty input string leaves an optional input out. */
  node(op: string, inputs: readonly (Value | "")[], attributes: Record<string, Attribute> = {}, domain = ""): Value {
    return this.nodes(op, inputs, 1, attributes, domain)[0];
  }

  /** A node with several outputs. */
  nodes(
    op: string,
    inputs: readonly (Value | "")[],
    outputs: number,
    attributes: Record<string, Attribute> = {},
    domain = "",
  ): Value[] {
    const id = this.#count++;
    const names = Array.from({ length: outputs }, (_, i) => `${op}_${id}${outputs > 1 ? `_${i}` : ""}`);
    this.#nodes.push(nodeProto(op, inputs, names, attributes, domain));
    return names as Value[];
  }

  /** Small constants (shapes, index tables, scalars), stored once however often they are asked for. */
  constant(type: ElementType, dims: readonly number[], values: readonly number[]): Value {
    const data = encodeElements(type, values);
    const key = `${type}[${dims}]${Buffer.from(data).toString("latin1")}`;
    const known = this.#constantNames.get(key);
    if (known) return known;
    const name = `constant_${this.#constants.length}` as Value;
    this.#constants.push(tensorProto(name, type, dims).bytes(9, data));
    this.#constantNames.set(key, name);
    return name;
  }

  /** A weight in the external data file. Asking twice for one name gives the same initializer. */
  external(tensor: ExternalTensor): Value {
    if (!this.#external.has(tensor.name)) {
      this.#external.add(tensor.name);
      this.externalTensors.push(tensor);
    }
    return tensor.name as Value;
  }

  /** @returns the bytes of the ModelProto, given where each external tensor lies */
  encode(name: string, locations: ReadonlyMap<string, ExternalLocation>): Uint8Array {
    const graph = new ProtobufMessage();
    for (const node of this.#nodes) graph.message(1, node);
    graph.string(2, name);
    for (const constant of this.#constants) graph.message(5, constant);
    for (const tensor of this.externalTensors) {
      const location = locations.get(tensor.name);
      if (!location) throw new Error(`external tensor ${tensor.name} was not written`);
      graph.message(5, externalTensorProto(tensor, location));
    }
    for (const input of this.#inputs) graph.message(11, input);
    for (const output of this.#outputs) graph.message(12, output);
    return new ProtobufMessage()
      .integer(1, IR_VERSION)
      .string(2, "medembed")
      .message(7, graph)
      .message(8, new ProtobufMessage().string(1, "").integer(2, OPSET))
      .message(8, new ProtobufMessage().string(1, MICROSOFT).integer(2, 1))
      .encode();
  }
}

function encodeElements(type: ElementType, values: readonly number[]): Uint8Array {
  const arrays = {
    float32: () => Float32Array.from(values),
    uint8: () => Uint8Array.from(values),
    int8: () => Int8Array.from(values),
    int32: () => Int32Array.from(values),
    int64: () => BigInt64Array.from(values, BigInt),
  } as const satisfies Record<ElementType, () => ArrayBufferView>;
  const array = arrays[type]();
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function tensorProto(name: string, type: ElementType, dims: readonly number[]): ProtobufMessage {
  const tensor = new ProtobufMessage();
  for (const dim of dims) tensor.integer(1, dim);
  return tensor.integer(2, ELEMENT_TYPES[type]).string(8, name);
}

function externalTensorProto(tensor: ExternalTensor, location: ExternalLocation): ProtobufMessage {
  const entry = (key: string, value: string) => new ProtobufMessage().string(1, key).string(2, value);
  return tensorProto(tensor.name, tensor.type, tensor.dims)
    .message(13, entry("location", location.file))
    .message(13, entry("offset", String(location.offset)))
    .message(13, entry("length", String(location.length)))
    .integer(14, 1); // EXTERNAL
}

function valueInfo(name: string, type: ElementType, dims: readonly (number | string)[]): ProtobufMessage {
  const shape = new ProtobufMessage();
  for (const dim of dims) {
    shape.message(
      1,
      typeof dim === "number" ? new ProtobufMessage().integer(1, dim) : new ProtobufMessage().string(2, dim),
    );
  }
  const tensorType = new ProtobufMessage().integer(1, ELEMENT_TYPES[type]).message(2, shape);
  return new ProtobufMessage().string(1, name).message(2, new ProtobufMessage().message(1, tensorType));
}

function nodeProto(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Record<string, Attribute>,
  domain: string,
): ProtobufMessage {
  const node = new ProtobufMessage();
  for (const input of inputs) node.string(1, input);
  for (const output of outputs) node.string(2, output);
  node.string(3, outputs[0]).string(4, op);
  for (const [name, value] of Object.entries(attributes)) node.message(5, attributeProto(name, value));
  return node.string(7, domain);
}

function attributeProto(name: string, value: Attribute): ProtobufMessage {
  const attribute = new ProtobufMessage().string(1, name);
  if (typeof value === "string") return attribute.string(4, value).integer(20, 3);
  if (typeof value !== "number") {
    for (const element of value) attribute.integer(8, element);
    return attribute.integer(20, 7);
  }
  return FLOAT_ATTRIBUTES.has(name)
    ? attribute.float(2, value).integer(20, 1)
    : attribute.integer(3, value).integer(20, 2);
}
