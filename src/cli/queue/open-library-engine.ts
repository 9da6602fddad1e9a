import { parseVolumeSettings } from "../../applications/volumes/volume-profile.ts";
import { Embedder, type EmbedderOptions } from "../../embedder.ts";
import { MedembedError } from "../../errors.ts";
import type { Identify } from "../../facts.ts";
import type { LibraryEngine } from "../../queue/library-work.ts";
import type { LibrarySpec } from "../../queue/run-spec.ts";
import type { DicomWebServer } from "../dicomweb.ts";
import { sourceEmbedder } from "../library/source-embedder.ts";
import { remoteInputs } from "./remote-inputs.ts";

/** What a worker's own command line says. */
interface WorkerSettings {
  readonly engine: EmbedderOptions;
  readonly identify: Identify;
  /** The one server that it asks, since its credentials are for that. */
  readonly server?: DicomWebServer | undefined;
}

/**
 * The engine that a run wants, on this machine: its own model goes before the one that the run names.
 * @throws MedembedError "usage" for a run that takes files from another server, and what `Embedder.open` throws
 */
export async function openLibraryEngine(
  { model, precision, profile, volumes, dicomweb }: LibrarySpec,
  { engine, identify, server }: WorkerSettings,
  signal: AbortSignal,
): Promise<LibraryEngine> {
  if (dicomweb !== undefined && dicomweb !== server?.root) {
    const found = server ? `this worker asks ${server.root} alone` : "this worker asks none";
    throw new MedembedError(
      "usage",
      `the run takes files from a DICOMweb server, ${found}; it needs --dicomweb ${dicomweb}`,
    );
  }
  const embedder = await Embedder.open({ ...engine, model: engine.model ?? model, precision, profile });
  const adding = sourceEmbedder(embedder, parseVolumeSettings(volumes), signal, { dropsPictures: true });
  const remote = server && remoteInputs(server, { embedder, identify, signal });
  return { adding, identify, ...(remote && { remote }), close: () => embedder.close() };
}
