import { Embedder, type EmbedderOptions } from "../../embedder.ts";
import type { BatchEngine } from "../../queue/batch-work.ts";
import type { BatchSpec } from "../../queue/run-spec.ts";

/**
 * The engine that the rows of a batch want, on this machine: its own model goes before the one that the run names.
 * @throws MedembedError as `Embedder.open`
 */
export async function openBatchEngine(
  { model, precision, profile }: Pick<BatchSpec, "model" | "precision" | "profile">,
  engine: EmbedderOptions,
): Promise<BatchEngine> {
  const embedder = await Embedder.open({ ...engine, model: engine.model ?? model, precision, profile });
  return { embedder, close: () => embedder.close() };
}
