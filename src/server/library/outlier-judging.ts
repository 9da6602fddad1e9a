import { Batcher, oldest, type Patience } from "../../batcher.ts";
import { WorkerThread } from "../../worker-thread.ts";
import type { JudgingRequest, JudgingResponse } from "./judging-worker.ts";

/** Judges pictures by the records of libraries, in a thread: the event loop would be held for seconds. */
export class OutlierJudging {
  readonly #thread = new WorkerThread<JudgingRequest, JudgingResponse>(
    new URL("./judging-worker.ts", import.meta.url),
    null,
  );
  readonly #queue = new Batcher<JudgingRequest, JudgingResponse>({
    run: async ([request]) => [await this.#thread.call(request)],
    choose: oldest(1),
  });

  /** @throws MedembedError "cancelled", "invalid-request" for a reference that nothing can be judged by, "engine-failed" */
  judge(request: JudgingRequest, patience: Patience): Promise<JudgingResponse> {
    return this.#queue.submit(request, patience);
  }

  async close(): Promise<void> {
    await this.#queue.close();
    await this.#thread.close();
  }
}
