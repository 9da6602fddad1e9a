/**
 * The codecs of dcmjs-codecs: libjpeg with 8, 12 and 16 bits, CharLS, OpenJPEG and OpenJPH in one WebAssembly module.
 * Only the module is loaded, through the functions that it exports; the JavaScript around it, and dcmjs, which it would
 * bring along, never run here.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { PixelLayout } from "./pixel-layout.ts";
import type { Packing } from "./transfer-syntaxes.ts";

export type CompressedPacking = Exclude<Packing, "native" | "rle">;

/** The module asks for 256 MiB to begin with, most of them never touched. One that has grown beyond this is replaced. */
const MAX_KEPT_BYTES = 512 * 2 ** 20;
/** The module's number for a colour space that it leaves as it is. */
const RGB = 3;

const DECODERS = {
  jpeg: "DecodeJpeg",
  "jpeg-ls": "DecodeJpegLs",
  "jpeg-2000": "DecodeJpeg2000",
  htj2k: "DecodeHtJpeg2000",
} as const satisfies Record<CompressedPacking, string>;

/** As much of the web's interface as is needed; the types of Node lack it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: Record<string, Record<string, () => number>>,
  ) => { readonly exports: Record<string, unknown> };
};

type NumberFunction = (...values: number[]) => number;

interface Codecs {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly call: (name: string, ...values: number[]) => number;
}

export interface DecodedFrame {
  readonly bytes: Uint8Array;
  readonly isPlanar: boolean;
}

let compiled: object | undefined;
let kept: Codecs | undefined;

/**
 * Decodes one frame. Colours stay as the codestream has them, apart from the transform that belongs to JPEG 2000 itself.
 * @returns uint8 [rows, columns, samples, bytes], little endian; by colour where the codec says so
 * @throws whatever the codec throws
 */
export function runCodec(packing: CompressedPacking, bytes: Uint8Array, layout: PixelLayout): DecodedFrame {
  const codecs = kept ?? startCodecs();
  kept = undefined; // after a failure the module's memory is in no known state
  const decoded = decode(codecs, DECODERS[packing], bytes, layout);
  if (codecs.memory.buffer.byteLength <= MAX_KEPT_BYTES) kept = codecs;
  return decoded;
}

/** Makes the module ready, which takes some tenths of a second. */
export function warmUpCodecs(): void {
  kept ??= startCodecs();
}

function decode({ memory, call }: Codecs, decoder: string, bytes: Uint8Array, layout: PixelLayout): DecodedFrame {
  const context = call("CreateCodecsContext");
  const parameters = call("CreateDecoderParameters");
  call("SetConvertColorspaceToRgb", parameters, 0);
  call("SetColumns", context, layout.columns);
  call("SetRows", context, layout.rows);
  call("SetBitsAllocated", context, layout.bitsAllocated);
  call("SetBitsStored", context, layout.bitsStored);
  call("SetSamplesPerPixel", context, layout.samples);
  call("SetPixelRepresentation", context, layout.isSigned ? 1 : 0);
  call("SetPlanarConfiguration", context, 0);
  call("SetPhotometricInterpretation", context, layout.samples === 1 ? 1 : RGB);
  call("SetEncodedBufferSize", context, bytes.length);
  new Uint8Array(memory.buffer).set(bytes, call("GetEncodedBuffer", context));
  call(decoder, context, parameters);
  const start = call("GetDecodedBuffer", context);
  const decoded = {
    bytes: new Uint8Array(memory.buffer, start, call("GetDecodedBufferSize", context)).slice(),
    isPlanar: call("GetPlanarConfiguration", context) === 1,
  };
  call("ReleaseDecoderParameters", parameters);
  call("ReleaseCodecsContext", context);
  return decoded;
}

/** Throws whatever goes wrong inside as an error, and says nothing else: what the codecs print may quote the file. */
function startCodecs(): Codecs {
  compiled ??= new WebAssembly.Module(
    readFileSync(fileURLToPath(import.meta.resolve("dcmjs-codecs/build/dcmjs-native-codecs.wasm"))),
  );
  const silent = () => 0;
  const fail = () => {
    throw new Error("the codec refuses the frame");
  };
  const env = { onCodecsException: fail, onCodecsInfo: silent, onCodecsTrace: silent };
  const instance = new WebAssembly.Instance(compiled, {
    env: { ...env, emscripten_notify_memory_growth: silent },
    wasi_snapshot_preview1: {
      proc_exit: fail,
      clock_time_get: silent,
      fd_write: silent,
      fd_close: silent,
      fd_seek: silent,
      environ_sizes_get: silent,
      environ_get: silent,
    },
  });
  const call = (name: string, ...values: number[]) => (instance.exports[name] as NumberFunction)(...values) >>> 0;
  call("_initialize");
  return { memory: instance.exports.memory as Codecs["memory"], call };
}
