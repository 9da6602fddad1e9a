import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseVolumeSettings } from "../../src/applications/volumes/volume-profile.ts";
import { sourceEmbedder } from "../../src/cli/library/source-embedder.ts";
import type { Embedder } from "../../src/embedder.ts";
import type { Identify } from "../../src/facts.ts";
import { inParallel } from "../../src/in-parallel.ts";
import { addFiles } from "../../src/library/add-files.ts";
import type { AddSource } from "../../src/library/find-out.ts";
import { Library } from "../../src/library/library.ts";
import type { LibraryHead } from "../../src/library/vector-space.ts";
import { type Spread, spreadOf } from "../rounds.ts";

/** As `medembed embed` and `addFiles` have it. */
const FILES_IN_WORK = 32;

export interface AddTimes {
  readonly pictures: number;
  /** Reading and embedding alone. */
  readonly embedSeconds: Spread;
  /** Adding to a new library, and to the large one; and what that takes longer, as a share, round by round. */
  readonly addSeconds: Spread;
  readonly addToLargeSeconds: Spread;
  readonly overhead: Spread;
  readonly overheadOfLarge: Spread;
}

/** Times the same pictures being embedded, and being added to a new and to a large library, in turn. */
export async function timeAdding(
  embedder: Embedder,
  paths: readonly string[],
  {
    large,
    folder,
    head,
    identify,
    rounds,
  }: {
    /** Where the large library is; it keeps none of the pictures. */
    readonly large: string;
    /** For new libraries. */
    readonly folder: string;
    readonly head: LibraryHead;
    readonly identify: Identify;
    readonly rounds: number;
  },
): Promise<AddTimes> {
  const seconds = { embed: [] as number[], add: [] as number[], addToLarge: [] as number[] };
  await embedAll(embedder, paths); // loads the model
  for (let round = 0; round < rounds; round++) {
    seconds.embed.push(await embedAll(embedder, paths));
    seconds.add.push(await addAll(embedder, paths, join(folder, `new-${round}`), head, identify));
    seconds.addToLarge.push(await addAll(embedder, paths, large, head, identify));
    const library = await Library.open({ uri: large });
    await library.remove([{ field: "source", operator: "=", values: paths }]);
    await library.close();
  }
  const over = (times: readonly number[]) => spreadOf(times.map((time, i) => time / seconds.embed[i] - 1));
  return {
    pictures: paths.length,
    embedSeconds: spreadOf(seconds.embed),
    addSeconds: spreadOf(seconds.add),
    addToLargeSeconds: spreadOf(seconds.addToLarge),
    overhead: over(seconds.add),
    overheadOfLarge: over(seconds.addToLarge),
  };
}

async function embedAll(embedder: Embedder, paths: readonly string[]): Promise<number> {
  const started = performance.now();
  async function* each() {
    yield* paths;
  }
  const embed = async (path: string) => embedder.embedImage(await readFile(path));
  for await (const _ of inParallel(each(), { width: FILES_IN_WORK }, embed));
  return (performance.now() - started) / 1e3;
}

async function addAll(
  embedder: Embedder,
  paths: readonly string[],
  uri: string,
  head: LibraryHead,
  identify: Identify,
): Promise<number> {
  async function* each(): AsyncGenerator<AddSource> {
    for (const path of paths) yield { path };
  }
  const adding = sourceEmbedder(embedder, parseVolumeSettings({}));
  const started = performance.now();
  const library = await Library.openOrCreate({ uri }, head);
  for await (const { outcome } of addFiles(library, adding, each(), { identify })) {
    if (outcome !== "stored") throw new Error(`a picture was ${outcome}`);
  }
  await library.close();
  return (performance.now() - started) / 1e3;
}
