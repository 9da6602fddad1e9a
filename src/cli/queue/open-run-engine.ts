import { parseVolumeSettings } from "../../applications/volumes/volume-profile.ts";
import { Embedder, type EmbedderOptions } from "../../embedder.ts";
import type { Identify } from "../../facts.ts";
import type { RunSpec } from "../../queue/runs.ts";
import type { RunEngine } from "../../queue/shard-worker.ts";
import { sourceEmbedder } from "../library/source-embedder.ts";

/** What a worker's own command line says. */
interface WorkerSettings {
  readonly engine: EmbedderOptions;
  readonly identify: Identify;
}

/** The engine that a run wants, on this machine: its own model goes before the one that the run names. */
export async function openRunEngine(
  { model, precision, profile, volumes }: RunSpec,
  { engine, identify }: WorkerSettings,
  signal: AbortSignal,
): Promise<RunEngine> {
  const embedder = await Embedder.open({ ...engine, model: engine.model ?? model, precision, profile });
  const adding = sourceEmbedder(embedder, parseVolumeSettings(volumes), signal, { dropsPictures: true });
  return { adding, identify, close: () => embedder.close() };
}
