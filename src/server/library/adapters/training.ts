import { randomUUID } from "node:crypto";
import { Adapter } from "../../../applications/adapters/adapter.ts";
import { MedembedError } from "../../../errors.ts";
import { WorkerThread } from "../../../worker-thread.ts";
import type { LibraryApplications } from "../library-applications.ts";
import type { ServedLibrary } from "../served-library.ts";
import type { TrainingAsked } from "./parse-training.ts";
import type { TrainingOutcome, TrainingProgress, TrainingRequest, TrainingResponse } from "./train-worker.ts";

interface Trained {
  readonly id: string;
  readonly adapter: Adapter;
}

/** Trains adapters on the records of libraries, one at a time of each, and keeps the last of each in memory until somebody wants it. */
export class Training {
  readonly #applications: LibraryApplications;
  readonly #busy = new Set<ServedLibrary>();
  /** A library that is closed takes its own along. */
  readonly #last = new WeakMap<ServedLibrary, Trained>();

  constructor(applications: LibraryApplications) {
    this.#applications = applications;
  }

  /**
   * In a thread that ends at once when the caller leaves.
   * @returns with the id under which `take` has it
   * @throws MedembedError "too-many-pending" while another one runs; "invalid-request" for records that nothing can be learned of; the signal's reason
   */
  async train(
    library: ServedLibrary,
    { label, where, ...settings }: TrainingAsked,
    onProgress: (progress: TrainingProgress) => void,
    signal: AbortSignal,
  ): Promise<TrainingOutcome & { readonly training: string }> {
    if (this.#busy.has(library)) {
      throw new MedembedError("too-many-pending", "another adapter is trained on this library: wait until it is done");
    }
    this.#busy.add(library);
    const thread = new WorkerThread<TrainingRequest, TrainingResponse, TrainingProgress>(
      new URL("./train-worker.ts", import.meta.url),
      null,
    );
    const kill = () => void thread.kill();
    try {
      const examples = await this.#applications.ask(library, { kind: "examples", label, where }, { signal });
      signal.throwIfAborted();
      signal.addEventListener("abort", kill, { once: true });
      const { model, weights, profile, dimensions } = library.head;
      const request = { ...settings, examples, space: { model, weights, profile, dimensions } };
      const memory = examples.vectors.values.buffer as ArrayBuffer;
      const { outcome, card, tensors } = await thread.call(request, [memory], onProgress);
      const id = randomUUID();
      this.#last.set(library, { id, adapter: new Adapter(card, tensors) });
      return { training: id, ...outcome };
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      if (!(cause instanceof MedembedError) || cause.code !== "invalid-data") throw cause;
      throw new MedembedError("invalid-request", cause.message, { cause });
    } finally {
      signal.removeEventListener("abort", kill);
      await thread.close();
      this.#busy.delete(library);
    }
  }

  /** What was trained last. @throws MedembedError "no-route" for another one */
  take(library: ServedLibrary, id: string): Adapter {
    const last = this.#last.get(library);
    if (last?.id === id) return last.adapter;
    throw new MedembedError(
      "no-route",
      "there is no such training any more: only the last one is kept, until a restart",
    );
  }
}
