import { hash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Batcher, oldest } from "../batcher.ts";
import type { DicomWebSource, InstanceAddress } from "../dicomweb/dicomweb-source.ts";
import { isUid } from "../dicomweb/search.ts";
import type { Embedder } from "../embedder.ts";
import { MedembedError } from "../errors.ts";
import { inParallel, oneByOne } from "../in-parallel.ts";
import type { Series, SeriesSlice } from "../preparation/preparation.ts";

/** Series whose files are here at a time: while one is embedded the next is fetched. */
const SERIES_AT_ONCE = 2;
/** Files fetched at a time, each of which is in memory until it is written. */
const FILES_AT_ONCE = 8;
/** Four times as much as a volume may have. */
const MAX_SERIES_BYTES = 4 * 2 ** 30;

const SERVER_PATH = /^studies\/([\d.]+)\/series\/([\d.]+)(?:\/instances\/([\d.]+))?$/;

/** A series on a DICOMweb server. Its files are fetched when it is its turn, and do not stay. */
export interface RemoteSeries {
  readonly kind: "remote-series";
  /** What comes behind the root of the service: `studies/…/series/…`. */
  readonly id: string;
  /** What messages call it. */
  readonly name: string;
  /** UIDs, in the order of their numbers. */
  readonly instances: readonly string[];
  /** Another one for other instances. */
  readonly listing: string;
  /**
   * Fetches the files to a folder of their own, which is gone when the work is done.
   * @throws MedembedError where no file can be had or read, "write-failed", "cancelled"
   */
  readonly lend: <Result>(
    embedder: Pick<Embedder, "findSeries">,
    work: (lent: LentSeries) => Promise<Result>,
  ) => Promise<Result>;
}

interface LentSeries {
  readonly series: Series;
  /** Files that no slice comes from; those that could not be fetched may come next time. */
  readonly failed: readonly { readonly name: string; readonly error: MedembedError }[];
  readonly isComplete: boolean;
  /** Where a slice is on the server, and what messages call it. */
  readonly idOf: (slice: SeriesSlice) => string;
  readonly nameOf: (slice: SeriesSlice) => string;
}

/** Makes series of the addresses that belong together, in their order. @param signal ends also what is being fetched */
export async function* remoteSeries(
  source: DicomWebSource,
  found: AsyncIterable<InstanceAddress>,
  signal: AbortSignal,
): AsyncGenerator<RemoteSeries> {
  const fetcher = new SeriesFetcher(source, signal);
  let number = 0;
  for await (const addresses of groups(found)) yield fetcher.series(addresses, `series ${++number}`);
}

/** Fetches series of a server, few at a time. */
export class SeriesFetcher {
  readonly #source: DicomWebSource;
  readonly #signal: AbortSignal;
  readonly #turns = new Batcher<() => Promise<unknown>, unknown>({
    run: async ([work]) => [await work()],
    choose: oldest(1),
    concurrency: SERIES_AT_ONCE,
  });

  /** @param signal ends also what is being fetched */
  constructor(source: DicomWebSource, signal: AbortSignal) {
    this.#source = source;
    this.#signal = signal;
  }

  /** @param addresses of one series @param name what messages call it */
  series(addresses: readonly InstanceAddress[], name: string): RemoteSeries {
    const [{ study, series }] = addresses;
    const instances = addresses.map(({ instance }) => instance);
    return {
      kind: "remote-series",
      id: `studies/${study}/series/${series}`,
      name,
      instances,
      listing: hash("sha256", instances.join(" ")),
      lend: async (embedder, work) => {
        const fetchAll = (folder: string) => this.#fetchAll(addresses, name, folder, embedder);
        const lend = () => withFolder(async (folder) => work(await fetchAll(folder)));
        return (await this.#turns.submit(lend)) as Awaited<ReturnType<typeof work>>;
      },
    };
  }

  async #fetchAll(
    addresses: readonly InstanceAddress[],
    name: string,
    folder: string,
    embedder: Pick<Embedder, "findSeries">,
  ): Promise<LentSeries> {
    const instance = (path: string) => Number(basename(path, ".dcm"));
    const nameOf = (path: string) => `instance ${instance(path)} of ${name}`;
    const { paths, failed } = await fetchFiles(this.#source, addresses, folder, this.#signal);
    const missing = failed.map(({ path, error }) => ({ name: nameOf(path), error }));
    if (paths.length === 0) throw failed[0].error;
    const { series: parts, refused } = await embedder.findSeries(paths);
    const unread = refused.map(({ path, code, message }) => {
      return { name: nameOf(path), error: new MedembedError(code, message) };
    });
    if (parts.length === 0) throw unread[0].error;
    if (parts.length > 1) {
      throw new MedembedError("corrupt-image", `the files of the series say that they are of ${parts.length} series`);
    }
    const suffix = ({ frame, frames }: SeriesSlice) => (frames > 1 ? `#${frame}` : "");
    return {
      series: parts[0],
      failed: [...missing, ...unread],
      isComplete: missing.length === 0,
      idOf: (slice) => `${pathOf(addresses[instance(slice.path) - 1])}${suffix(slice)}`,
      nameOf: (slice) => `${nameOf(slice.path)}${suffix(slice)}`,
    };
  }
}

/** What comes behind the root of the service. */
export function pathOf({ study, series, instance }: InstanceAddress): string {
  return `studies/${study}/series/${series}/instances/${instance}`;
}

/**
 * The addresses of what comes behind the root of the service.
 * @param instances UIDs, where the path is that of a series
 * @returns none for what is no such path
 */
export function addressesOf(path: string, instances?: readonly string[]): InstanceAddress[] {
  const [, study, series, instance] = SERVER_PATH.exec(path) ?? [];
  const uids = instances ?? [instance];
  const isWhole = [study, series, ...uids].every((uid) => uid !== undefined && isUid(uid));
  return isWhole ? uids.map((uid) => ({ study, series, instance: uid })) : [];
}

async function* groups(found: AsyncIterable<InstanceAddress>): AsyncGenerator<[InstanceAddress, ...InstanceAddress[]]> {
  let group: [InstanceAddress, ...InstanceAddress[]] | undefined;
  for await (const address of found) {
    if (group && group[0].series === address.series) group.push(address);
    else {
      if (group) yield group;
      group = [address];
    }
  }
  if (group) yield group;
}

/** For the user alone: it holds pictures of patients. */
async function withFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "medembed-series-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns paths of the files, named by their place in the series from 1; one that cannot be fetched is missing */
async function fetchFiles(
  source: DicomWebSource,
  addresses: readonly InstanceAddress[],
  folder: string,
  signal: AbortSignal,
) {
  const paths: string[] = [];
  const failed: { readonly path: string; readonly error: MedembedError }[] = [];
  let total = 0;
  const fetch = async ([index, address]: [number, InstanceAddress]) => {
    if (signal.aborted) throw new MedembedError("cancelled", "the series was not fetched to its end");
    const path = join(folder, `${index + 1}.dcm`);
    try {
      return { path, bytes: await source.fetch(address, signal) };
    } catch (error) {
      if (signal.aborted) throw new MedembedError("cancelled", "the series was not fetched to its end");
      if (error instanceof MedembedError) return { path, error };
      throw error;
    }
  };
  for await (const { path, bytes, error } of inParallel(
    oneByOne(addresses.entries()),
    { width: FILES_AT_ONCE },
    fetch,
  )) {
    if (error) {
      failed.push({ path, error });
      continue;
    }
    total += bytes.length;
    if (total > MAX_SERIES_BYTES) {
      throw new MedembedError("image-too-large", `the series has more than ${MAX_SERIES_BYTES} bytes`);
    }
    await writeFile(path, bytes).catch((cause: NodeJS.ErrnoException) => {
      throw new MedembedError("write-failed", `cannot keep the files of a series for a while: ${cause.code}`, {
        cause,
      });
    });
    paths.push(path);
  }
  return { paths, failed };
}
