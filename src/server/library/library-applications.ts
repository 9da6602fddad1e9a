import { Batcher, oldest, type Patience } from "../../batcher.ts";
import { WorkerThread } from "../../worker-thread.ts";
import type { ApplicationRequest, ApplicationResponse } from "./applications-worker.ts";
import type { JudgingRequest, JudgingResponse } from "./judge-outliers.ts";
import type { ServedLibrary } from "./served-library.ts";
import type { ExamsRequest, ExamsResponse } from "./tell-exams.ts";

/** Applications on the records of libraries, one call at a time, in a thread: the event loop would be held for seconds. */
export class LibraryApplications {
  readonly #thread = new WorkerThread<ApplicationRequest, ApplicationResponse>(
    new URL("./applications-worker.ts", import.meta.url),
    null,
  );
  readonly #queue = new Batcher<ApplicationRequest, ApplicationResponse>({
    run: async ([request]) => [await this.#thread.call(request)],
    choose: oldest(1),
  });

  /** @throws MedembedError "cancelled", "invalid-request" for records that nothing can be learned of, "engine-failed" */
  async ask(library: ServedLibrary, request: JudgingRequest, patience: Patience): Promise<JudgingResponse>;
  async ask(library: ServedLibrary, request: ExamsRequest, patience: Patience): Promise<ExamsResponse>;
  async ask(
    { config: { uri } }: ServedLibrary,
    request: JudgingRequest | ExamsRequest,
    patience: Patience,
  ): Promise<ApplicationResponse> {
    return this.#queue.submit({ uri, ...request }, patience);
  }

  async close(): Promise<void> {
    await this.#queue.close();
    await this.#thread.close();
  }
}
