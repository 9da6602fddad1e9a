import { WorkerThread } from "../../worker-thread.ts";
import type { Matrix } from "../matrix.ts";
import type { OnProgress, ProjectionName } from "./project.ts";

export interface ProjectionRequest {
  readonly method: ProjectionName;
  readonly vectors: Matrix;
  readonly seed: number;
  /** Float64Array [1], shared: how much is done, from 0 to 1. */
  readonly progress: SharedArrayBuffer;
}

/** How often the caller is told. */
const TELL_MS = 200;

/**
 * Lays vectors out on a plane in a thread of its own. @param vectors their memory goes to the thread and is lost to the caller
 * @returns [rows, 2]
 * @throws MedembedError "invalid-data" for fewer than three vectors or NaN, "engine-failed" when the thread stops
 */
export async function projectInThread(
  method: ProjectionName,
  vectors: Matrix,
  seed: number,
  onProgress: OnProgress = () => {},
): Promise<Matrix> {
  const thread = new WorkerThread<ProjectionRequest, Matrix>(
    new URL("./projection-worker.ts", import.meta.url),
    undefined,
  );
  const progress = new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT);
  const done = new Float64Array(progress);
  const timer = setInterval(() => onProgress(done[0]), TELL_MS);
  try {
    return await thread.call({ method, vectors, seed, progress }, [vectors.values.buffer as ArrayBuffer]);
  } finally {
    clearInterval(timer);
    await thread.close();
  }
}
