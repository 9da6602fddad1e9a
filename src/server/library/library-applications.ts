import { Batcher, oldest, type Patience } from "../../batcher.ts";
import type { GroupedMatch } from "../../library/group-duplicates.ts";
import { WorkerPool } from "../../worker-pool.ts";
import type { ApplicationRequest, ApplicationResponse, GroupingRequest } from "./applications-worker.ts";
import type { Examples, ExamplesRequest } from "./collect-examples.ts";
import type { EvaluationRequest, EvaluationResponse } from "./evaluate-search.ts";
import type { JudgingRequest, JudgingResponse } from "./judge-outliers.ts";
import type { ServedLibrary } from "./served-library.ts";
import type { ExamsRequest, ExamsResponse } from "./tell-exams.ts";

/** A second, so that a search need not wait for what takes seconds. */
const THREADS = 2;

/** Applications on the records of libraries, in threads: the event loop would be held for seconds. */
export class LibraryApplications {
  readonly #pool = new WorkerPool<ApplicationRequest, ApplicationResponse>(
    THREADS,
    new URL("./applications-worker.ts", import.meta.url),
    null,
  );
  readonly #queue = new Batcher<ApplicationRequest, ApplicationResponse>({
    run: async ([request]) => [await this.#pool.call(request)],
    choose: oldest(1),
    concurrency: THREADS,
  });

  /** @throws MedembedError "cancelled", "invalid-request" for records that nothing can be learned of, "engine-failed" */
  async ask(library: ServedLibrary, request: JudgingRequest, patience: Patience): Promise<JudgingResponse>;
  async ask(library: ServedLibrary, request: ExamsRequest, patience: Patience): Promise<ExamsResponse>;
  async ask(library: ServedLibrary, request: GroupingRequest, patience: Patience): Promise<readonly GroupedMatch[]>;
  async ask(library: ServedLibrary, request: ExamplesRequest, patience: Patience): Promise<Examples>;
  async ask(library: ServedLibrary, request: EvaluationRequest, patience: Patience): Promise<EvaluationResponse>;
  async ask(
    { config: { uri } }: ServedLibrary,
    request: JudgingRequest | ExamsRequest | GroupingRequest | ExamplesRequest | EvaluationRequest,
    patience: Patience,
  ): Promise<ApplicationResponse> {
    return this.#queue.submit({ uri, ...request }, patience);
  }

  async close(): Promise<void> {
    await this.#queue.close();
    await this.#pool.close();
  }
}
