import { VOLUME_SETTINGS } from "../applications/volumes/volume-profile.ts";
import { PROFILES } from "../profiles/profiles.ts";

/** An option or argument as the command line shows it. */
export interface Flag {
  /** As commander writes it: `--model <name|folder>`. */
  readonly flags: string;
  readonly description: string;
  /** Given several times, collected in order. */
  readonly isRepeatable?: true;
}

/** What a command does with its arguments and options. @returns the exit code, 0 or 1 */
export type Run = (args: readonly string[], options: Readonly<Record<string, unknown>>) => Promise<number>;

/** A row of the table of commands. */
export interface CommandSpec {
  readonly usage: string;
  readonly summary: string;
  readonly options: readonly Flag[];
  readonly examples: readonly string[];
  /** Loaded only when the command is called: start-up time is part of the product. */
  readonly load: () => Promise<Run>;
}

export const MODEL: Flag = {
  flags: "--model <name|folder>",
  description: "a shipped model, or a checkpoint or bundle folder (default: medembed-nano)",
};
export const PRECISION: Flag = {
  flags: "--precision <rung>",
  description: "auto, fp32 or int8 (default: auto, the fastest whose measured fidelity is good)",
};
export const CACHE: Flag = {
  flags: "--cache <folder>",
  description: "where built models are kept (default: the user's cache folder, or MEDEMBED_CACHE)",
};
export const THREADS: Flag = { flags: "--threads <n>", description: "cores that may be kept busy (default: all)" };
const PROFILE: Flag = {
  flags: "--profile <name>",
  description: `how pictures become pixels: ${Object.keys(PROFILES).join(", ")}, with rendering= for DICOM or recipe= as clients prepare them (default: what the model's card names)`,
};
/** The model, and how it is run. */
export const ENGINE: readonly Flag[] = [MODEL, PROFILE, PRECISION, THREADS, CACHE];
export const DICOMWEB: readonly Flag[] = [
  {
    flags: "--dicomweb <url>",
    description:
      "take DICOM files from a DICOMweb server; credentials: MEDEMBED_DICOMWEB_TOKEN, or MEDEMBED_DICOMWEB_USER and MEDEMBED_DICOMWEB_PASSWORD",
  },
  { flags: "--study <uid>", description: "a study on that server; may be given several times", isRepeatable: true },
  {
    flags: "--query <attribute=value>",
    description: "series on that server, e.g. Modality=CT; may be given several times, all must hold",
    isRepeatable: true,
  },
];
/** How DICOM series and NIfTI files become vectors. */
export const VOLUMES: readonly Flag[] = [
  {
    flags: "--per <unit>",
    description: "file, or series: one vector for all slices of a DICOM series (default: file)",
  },
  {
    flags: "--plane <plane>",
    description: `how NIfTI volumes and series are cut: ${VOLUME_SETTINGS.plane.known} (default: as acquired)`,
  },
  { flags: "--slices <which>", description: "of them: all, centre, or so many around the centre (default: all)" },
  {
    flags: "--aggregate <how>",
    description: `one vector of their slices: ${VOLUME_SETTINGS.aggregate.known}: a vector each (default: mean)`,
  },
];
export const QUEUE: Flag = {
  flags: "--queue [url]",
  description:
    "the Redis server of the queue, redis://host:6379 or rediss:// for TLS (default: MEDEMBED_QUEUE); credentials: MEDEMBED_QUEUE_USER, MEDEMBED_QUEUE_PASSWORD",
};
/** Of a command that has workers do its work. @param unit what a shard is made of, plural @param most of them in a shard */
export const runFlags = (unit: string, most: number): readonly Flag[] => [
  { ...QUEUE, description: `have workers do it, and check it: ${QUEUE.description}` },
  {
    flags: "--priority <which>",
    description: "with --queue: high, normal or low, beside other runs (default: normal)",
  },
  {
    flags: "--deadline <when>",
    description:
      "with --queue: what is not begun by then is left for later, and told; as 90m, 12h, 2d or 2026-11-30T06:00",
  },
  {
    flags: "--shard <n>",
    description: `with --queue: ${unit} that go to a worker together, 1 to ${most} (default: 100)`,
  },
];
export const JSON_OUT: Flag = { flags: "--json", description: "print JSON for programs" };
