import { hash } from "node:crypto";
import { setMaxListeners } from "node:events";
import { access, constants } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { volumeProfile } from "../../applications/volumes/volume-profile.ts";
import { openBundle } from "../../convert/open-bundle.ts";
import { MedembedError } from "../../errors.ts";
import { oneByOne } from "../../in-parallel.ts";
import type { AddOutcome } from "../../library/find-out.ts";
import { isRemote } from "../../library/library-place.ts";
import { identitiesOf, spaceOf } from "../../library/vector-space.ts";
import { parseProfile, profileId } from "../../profiles/profiles.ts";
import { addByQueue } from "../../queue/add-by-queue.ts";
import { asTheyAre } from "../../queue/plan-run.ts";
import { type LibrarySpec, runId } from "../../queue/run-spec.ts";
import { readManifest } from "../../queue/write-manifest.ts";
import { connectRedis } from "../../redis/redis.ts";
import { isS3Address } from "../../s3/s3-source.ts";
import { jsonLines, openJsonLines } from "../../vector-files/json-lines.ts";
import { type DicomWebListing, selectDicomWeb } from "../dicomweb.ts";
import type { Run } from "../flags.ts";
import { type Input, type InputArguments, listInputs } from "../inputs.ts";
import { modelOptions, text } from "../options.ts";
import { Progress } from "../progress.ts";
import { modelPlace, runOptions } from "../queue/run-options.ts";
import { MOST_FILES_A_SHARD } from "../queue/shard-sizes.ts";
import { showState } from "../queue/show-state.ts";
import { volumeOptions } from "../volume-options.ts";
import { openIdentify } from "./identities.ts";
import { labelsOf, libraryUri, texts } from "./library-options.ts";
import { seriesOf, shardInputs } from "./shard-inputs.ts";
import { requireDirection } from "./source-embedder.ts";
import { tellOutcome } from "./tell-outcome.ts";

/** Of large files fewer: both shards that a worker has are in its memory. */
const BYTES_A_SHARD = 64 * 2 ** 20;

/** `library add --queue`: the work is that of workers, here it is planned, watched and checked. */
export const addThroughQueue: Run = async (paths, options) => {
  const { address, priority, deadline, inputsAShard } = runOptions(options, MOST_FILES_A_SHARD);
  const interruption = new AbortController();
  const { signal } = interruption;
  const inputs: InputArguments = { paths, texts: [], textsFile: undefined };
  // Standard input is there once, and a run may have to be planned twice.
  const kept = paths.includes("-") ? await collect(listInputs(inputs, signal)) : undefined;
  const { isPerSeries } = volumeOptions(options);
  const server = selectDicomWeb(options, { note: (message) => progress.note(message), signal, isPerSeries });
  const spec = await readSpec(paths, options, { kept, server });
  const size = { inputs: inputsAShard, bytes: BYTES_A_SHARD };
  const run = runId(spec);
  const manifest = text(options, "manifest") ?? `medembed-${run}.jsonl`;
  await requireFolder(manifest);
  setMaxListeners(0, signal);
  const interrupt = () => interruption.abort();
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const progress = new Progress(isPerSeries ? "files and series" : "files");
  const note = (message: string) => progress.note(message);
  const redis = await connectRedis(address, { note });
  try {
    const found = async function* () {
      const listed = kept ? oneByOne(kept) : listInputs(inputs, signal);
      if (paths.length > 0) yield* isPerSeries ? seriesOf(listed, signal) : listed;
      if (server) yield* server.list();
    };
    const list = () => asTheyAre(shardInputs(found()));
    const onState = showState(progress, "files");
    const counts = await addByQueue({ redis, spec, list, size, priority, deadline, manifest, onState, note, signal });
    if (!counts) {
      note(`interrupted; run ${run} goes on with the workers, and the same command again waits for its end`);
      return 1;
    }
    const unread = await tellAll(manifest, progress, options);
    const seconds = progress.end();
    const { stored, known, left } = counts;
    const failed = counts.failed + unread;
    const late = left > 0 ? `, ${left} left by the deadline` : "";
    console.error(
      `${stored} stored, ${known} known, ${failed} failed${late}, ${seconds.toFixed(1)} s, listed in ${manifest}`,
    );
    if (left > 0) note(`the same command again goes on with run ${run}`);
    return failed + left > 0 ? 1 : 0;
  } finally {
    redis.disconnect();
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
};

/** What is asked for, as every worker understands it. @throws MedembedError "usage", and for a model that cannot be had */
async function readSpec(
  paths: readonly string[],
  options: Readonly<Record<string, unknown>>,
  { kept, server }: { readonly kept: readonly Input[] | undefined; readonly server: DicomWebListing | undefined },
): Promise<LibrarySpec> {
  const uri = libraryUri(options);
  const { profile: pictures, settings, isPerSeries } = volumeOptions(options);
  if (paths.length === 0 && !server) throw new MedembedError("usage", "nothing to add: give a path or --dicomweb");
  if (options.watch !== undefined) throw new MedembedError("usage", "--watch does not go with --queue");
  requireDirection(settings);
  const labels = labelsOf(texts(options, "label"));
  const identify = await openIdentify(options);
  const { card } = await openBundle(modelOptions(options));
  const profile = profileId(parseProfile(pictures ?? card.defaultProfile));
  const { plane, slices, aggregate } = settings;
  const space = spaceOf({ card, profile: volumeProfile(profile, settings) });
  return {
    kind: "library",
    library: isRemote(uri) ? uri : resolve(uri),
    head: { ...space, identities: identitiesOf(identify) },
    model: await modelPlace(options),
    precision: card.precision,
    profile,
    volumes: { plane, slices: String(slices), aggregate },
    labels,
    ...(isPerSeries && { per: "series" }),
    ...(server && { dicomweb: server.root }),
    paths: [
      ...paths.map((path) => {
        if (path === "-") return `- ${hash("sha256", JSON.stringify(kept?.map(({ id }) => id)))}`;
        return isS3Address(path) ? path : resolve(path);
      }),
      // A query may name a patient, and this is kept in Redis and in the manifest.
      ...(server ? [`--dicomweb ${identify("study", JSON.stringify(server.selection))}`] : []),
    ],
  };
}

/** Hours before it is written to. @throws MedembedError "write-failed" */
async function requireFolder(manifest: string): Promise<void> {
  await access(dirname(resolve(manifest)), constants.W_OK).catch((cause: NodeJS.ErrnoException) => {
    throw new MedembedError("write-failed", `cannot write ${manifest}: ${cause.code}`, { cause });
  });
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** @returns how many files of series could not be read */
async function tellAll(
  manifest: string,
  progress: Progress,
  options: Readonly<Record<string, unknown>>,
): Promise<number> {
  const path = text(options, "failures");
  const failures = path === undefined ? undefined : await openJsonLines(path);
  const tell = (told: AddOutcome) => tellOutcome(told, progress, failures, options.json === true);
  let count = 0;
  try {
    for await (const line of readManifest(manifest)) {
      const { unread = [], name, ...told } = { unread: undefined, ...line };
      if (told.outcome === "left") {
        if (options.json) await jsonLines(process.stdout).write(line);
        continue; // there may be very many, and nothing is wrong with them
      }
      await tell({ ...told, path: name ?? told.path });
      for (const file of unread) await tell({ ...file, outcome: "failed" });
      count += unread.length;
    }
  } finally {
    await failures?.close();
  }
  return count;
}
