/**
 * Compressed frames are decoded in a thread of their own, whose end can be forced: on some forged frames the codecs never
 * come back. Whoever asks waits, as for a function: reading a file is work of a thread anyway.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { MedembedError } from "../../errors.ts";
import type { CompressedPacking, DecodedFrame } from "./codecs.ts";
import { checkCodestream, unwrapCodestream } from "./codestream.ts";
import type { PixelLayout } from "./pixel-layout.ts";

/** Small frames take some milliseconds. */
const MAX_MS = 1_500;
/** Ten times what the slowest codec takes. */
const MAX_MS_A_MEBIBYTE = 1_000;
/** To load the module; a busy machine may take seconds. */
const MAX_START_MS = 60_000;

export interface CodecRequest {
  readonly packing: CompressedPacking;
  readonly bytes: Uint8Array;
  readonly layout: PixelLayout;
}

export type CodecReply = DecodedFrame | "ready" | "failed";

interface CodecThread {
  readonly worker: Worker;
  readonly port: MessagePort;
  /** How many answers there have been. */
  readonly answers: Int32Array;
}

let thread: CodecThread | undefined;

/**
 * Decodes one frame. Colours stay as the codestream has them, apart from the transform that belongs to JPEG 2000 itself.
 * @throws MedembedError "corrupt-image", "image-too-large"; "engine-failed" where the codecs cannot be loaded
 */
export function decodeFrame(
  packing: CompressedPacking,
  packed: Uint8Array,
  layout: PixelLayout,
): DecodedFrame & { readonly bitsAllocated: 8 | 16; readonly precision: number } {
  const bytes = unwrapCodestream(packed);
  const { bitsAllocated, precision } = checkCodestream(packing, bytes, layout);
  const needed = (layout.columns * layout.rows * layout.samples * bitsAllocated) / 8;
  thread ??= startThread();
  // A copy: the file's buffer does not cross the border with every frame.
  const request: CodecRequest = { packing, bytes: new Uint8Array(bytes), layout: { ...layout, bitsAllocated } };
  const before = Atomics.load(thread.answers, 0);
  thread.port.postMessage(request, [request.bytes.buffer as ArrayBuffer]);
  const decoded = waitForAnswer(thread, before, MAX_MS + (MAX_MS_A_MEBIBYTE * needed) / 2 ** 20);
  if (decoded === undefined) stopThread();
  if (typeof decoded !== "object") {
    const reason = decoded === undefined ? "takes too long" : "breaks off, contradicts itself or is of a rare kind";
    throw new MedembedError("corrupt-image", `the ${packing} frame ${reason}`);
  }
  if (decoded.bytes.length < needed) {
    throw new MedembedError("corrupt-image", `the ${packing} frame has ${decoded.bytes.length} bytes, not ${needed}`);
  }
  return { ...decoded, bitsAllocated, precision };
}

function startThread(): CodecThread {
  const script = new URL(import.meta.url.endsWith(".ts") ? "./codec-worker.ts" : "./codec-worker.js", import.meta.url);
  const { port1, port2 } = new MessageChannel();
  const answers = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(script, { workerData: { port: port2, answers }, transferList: [port2] });
  worker.unref();
  port1.unref();
  const started = { worker, port: port1, answers };
  worker.on("error", () => stopThread(started)); // the call in work runs into its time
  if (waitForAnswer(started, 0, MAX_START_MS) !== "ready") {
    stopThread(started);
    throw new MedembedError("engine-failed", "the codecs for compressed DICOM files cannot be loaded");
  }
  return started;
}

/** Undefined where none comes in time. */
function waitForAnswer({ port, answers }: CodecThread, before: number, timeoutMs: number): CodecReply | undefined {
  Atomics.wait(answers, 0, before, timeoutMs);
  return receiveMessageOnPort(port)?.message as CodecReply | undefined;
}

function stopThread(stopped = thread): void {
  if (stopped === thread) thread = undefined;
  stopped?.port.close();
  void stopped?.worker.terminate();
}
