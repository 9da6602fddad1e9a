import { join } from "node:path";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { MedembedError } from "../errors.ts";
import { answerRequests } from "../worker-thread.ts";
import type { EngineData, EngineRequest, EngineResponse, Tower } from "./engine.ts";

// The one file that imports onnxruntime-node. Its run() blocks the thread it is called on, so this is a thread of its own.

answerRequests<EngineData, EngineRequest, EngineResponse>(({ folder, threads }) => {
  const sessions = new Map<Tower, Promise<InferenceSession>>();

  /** Each tower is loaded when it is first asked for. */
  const sessionOf = (tower: Tower): Promise<InferenceSession> => {
    const session = sessions.get(tower) ?? loadSession(join(folder, `${tower}.onnx`), threads);
    sessions.set(tower, session);
    return session;
  };

  return async ({ tower, inputs }) => {
    const session = await sessionOf(tower);
    const started = performance.now();
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, { type, data, dims }]) => [name, new OrtTensor(type, data as never, dims)]),
    );
    const { embedding } = await session.run(feeds);
    const vectors = embedding.data as Float32Array<ArrayBuffer>;
    return { response: { vectors, computeMs: performance.now() - started }, transfer: [vectors.buffer] };
  };
});

/** Without VNNI, x64 adds pairs of 8-bit products in 16 bits, which can overflow; with this the runtime takes a way that cannot. */
const EXACT_INT8 = { session: { x64quantprecision: "1" } };

async function loadSession(path: string, threads: number): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(path, {
      intraOpNumThreads: threads,
      graphOptimizationLevel: "all",
      extra: EXACT_INT8,
    });
  } catch (cause) {
    throw new MedembedError(
      "corrupt-bundle",
      `${path} cannot be loaded (${cause instanceof Error ? cause.message : cause}); \`medembed verify\` tells whether it was damaged`,
      { cause },
    );
  }
}
