import type { TrainingOutcome, TrainingProgress } from "../../../src/server/library/adapters/train-worker.ts";
import { WORDS } from "../words.ts";
import { ask, askJson, CallFailed } from "./ask.ts";
import { pathOf } from "./calls.ts";

/** A label of a library, with how many records have each of its values. */
export interface LabelCount {
  readonly name: string;
  readonly records: number;
  /** How many values there are; the most frequent of them are told. */
  readonly different: number;
  readonly values: readonly { readonly value: string; readonly records: number }[];
}

export async function labelCounts(library: string, signal: AbortSignal): Promise<readonly LabelCount[]> {
  return (await askJson<{ readonly labels: readonly LabelCount[] }>(`${pathOf(library)}/labels`, { signal })).labels;
}

/** What is trained, as `POST /library/{library}/adapters` takes it. */
export interface TrainingRequest {
  readonly label: string;
  readonly heads: readonly TrainedHead[];
  readonly split: { readonly train: number; readonly validation: number; readonly test: number };
  readonly classWeights: "balanced" | "none";
  readonly seed: number;
  readonly epochs?: number;
}

export type TrainedHead = TrainingOutcome["kept"];
export type { TrainingProgress };

/** What came of it, with the id by which it can be served. */
export type Trained = TrainingOutcome & { readonly training: string };

type TrainingLine =
  | TrainingProgress
  | ({ readonly kind: "done" } & Trained)
  | { readonly kind: "failed"; readonly error: { readonly message: string } };

/** Trains on the server, and ends it there when the signal is aborted. @throws as `ask`, and where it breaks off */
export async function train(
  library: string,
  body: TrainingRequest,
  onProgress: (progress: TrainingProgress) => void,
  signal: AbortSignal,
): Promise<Trained> {
  const response = await ask(`${pathOf(library)}/adapters`, { method: "POST", body, signal });
  for await (const line of linesOf(response)) {
    const told: TrainingLine = JSON.parse(line);
    if (told.kind === "done") return told;
    if (told.kind === "failed") throw new CallFailed(response.status, told.error.message);
    onProgress(told);
  }
  throw new CallFailed(response.status, WORDS.server.brokeOff);
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      if (error instanceof TypeError) throw new CallFailed(response.status, WORDS.server.brokeOff); // what a lost connection gives
      throw error;
    });
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

/** Thresholds of three-way calls, by label. */
export type Thresholds = Readonly<Record<string, { readonly ruleIn: number; readonly ruleOut: number }>>;

/** Serves what was trained as a deployment of that name. @throws as `ask` */
export async function serveAdapter(
  library: string,
  name: string,
  body: { readonly training: string; readonly thresholds: Thresholds },
  signal: AbortSignal,
): Promise<void> {
  await ask(`${pathOf(library)}/adapters/${encodeURIComponent(name)}`, { method: "POST", body, signal });
}

/** @throws as `ask` */
export async function removeAdapter(library: string, name: string, signal: AbortSignal): Promise<void> {
  await ask(`${pathOf(library)}/adapters/${encodeURIComponent(name)}`, { method: "DELETE", signal });
}
