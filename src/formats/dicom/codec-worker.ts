import { type MessagePort, workerData } from "node:worker_threads";
import { runCodec, warmUpCodecs } from "./codecs.ts";
import type { CodecReply, CodecRequest } from "./decode-frame.ts";

const { port, answers } = workerData as { readonly port: MessagePort; readonly answers: Int32Array };

/** Whoever asks sleeps until the number of answers changes. */
function answer(reply: CodecReply): void {
  port.postMessage(reply);
  Atomics.add(answers, 0, 1);
  Atomics.notify(answers, 0);
}

port.on("message", ({ packing, bytes, layout }: CodecRequest) => {
  let reply: CodecReply = "failed";
  try {
    reply = runCodec(packing, bytes, layout);
  } catch {
    // What a codec says may quote the file; that it failed is all that leaves the thread.
  }
  answer(reply);
});
warmUpCodecs();
answer("ready");
