import {
  CACHE,
  type CommandSpec,
  DICOMWEB,
  ENGINE,
  type Flag,
  JSON_OUT,
  MODEL,
  PRECISION,
  runFlags,
  THREADS,
  VOLUMES,
} from "../flags.ts";
import { OUTLIER_FLAGS } from "../outliers/outlier-flags.ts";
import { MOST_FILES_A_SHARD } from "../queue/shard-sizes.ts";
import { REPORT } from "../report-files.ts";

const LIBRARY: Flag = {
  flags: "--library <folder|uri>",
  description: "where the library is: a folder, or an address such as s3://bucket/library",
};
const WHERE: Flag = {
  flags: "--where <condition>",
  description: "only records such as modality=CT, sliceThickness<3, label.finding!=none; all that are given must hold",
  isRepeatable: true,
};

const KEY: Flag = {
  flags: "--key <file>",
  description:
    "hash patients, studies and series under the key in it; made if it does not exist (default: a file in the user's configuration)",
};
const OUT: Flag = {
  flags: "--out <file>",
  description: "write .jsonl, .csv, .npy (ids beside it), .parquet or .arrow instead of standard output",
};

export const LIBRARY_COMMANDS = {
  add: {
    usage: "[paths...]",
    summary: "embed pictures and keep their vectors; what the library has is passed by, so an interrupted run goes on",
    options: [
      LIBRARY,
      {
        flags: "--label <name=value>",
        description: "for every picture that is stored; may be given several times",
        isRepeatable: true,
      },
      { flags: "--failures <file>", description: "gets a JSON line for each file that failed, with the reason" },
      KEY,
      ...DICOMWEB,
      ...VOLUMES,
      { flags: "--watch", description: "go on with files that come later, each when it is complete, until Ctrl-C" },
      ...runFlags("files", MOST_FILES_A_SHARD),
      {
        flags: "--manifest <file>",
        description: "with --queue: lists what became of each file (default: medembed-RUN.jsonl)",
      },
      ...ENGINE,
      { ...JSON_OUT, description: "print a JSON line for each file" },
    ],
    examples: [
      "medembed library add ./study --library ./lib",
      "medembed library add ./normal --library ./lib --label finding=none --failures failed.jsonl",
      "medembed library add ./incoming --library ./lib --watch",
      "medembed library add ./study --library ./lib --per series --aggregate median",
      "medembed library add --dicomweb https://pacs/dicom-web --query Modality=CT --per series --library ./lib",
      "medembed library add s3://archive/ --library s3://vectors/lib --queue redis://queue.example:6379",
    ],
    load: async () => (await import("./add.ts")).add,
  },
  search: {
    usage: "",
    summary: "show the pictures nearest to a picture or a text",
    options: [
      LIBRARY,
      {
        flags: "--image <path>",
        description: "the picture, the NIfTI file, or the folder with a DICOM series to compare with",
      },
      { flags: "--text <text>", description: "the text to compare with" },
      { flags: "--top <n>", description: "how many to show, 1 to 1000 (default: 10)" },
      WHERE,
      {
        flags: "--exclude-same-patient",
        description: "leave out pictures of the patient whom the header of --image names",
      },
      KEY,
      {
        flags: "--group <cosine>",
        description: "show near duplicates in one place: pictures of at least this likeness, e.g. 0.98",
      },
      { flags: "--exact", description: "compare with every vector, also where there is an index" },
      { flags: "--gallery <file>", description: "write a page with the pictures, in one .html file" },
      { flags: "--open", description: "show this page; without --gallery it is written to a temporary folder" },
      MODEL,
      PRECISION,
      THREADS,
      CACHE,
      { ...JSON_OUT, description: "print a JSON line for each picture" },
    ],
    examples: [
      "medembed library search --library ./lib --image query.dcm --exclude-same-patient",
      "medembed library search --library ./series --image ./ct-of-today",
      'medembed library search --library ./lib --text "mri brain axial flair" --where modality=MR --open',
    ],
    load: async () => (await import("./search.ts")).search,
  },
  outliers: {
    usage: "",
    summary: "show the pictures that are least like accepted ones, each with the accepted ones that it is nearest to",
    options: [
      LIBRARY,
      {
        flags: "--reference <condition>",
        description: "the accepted records, as in --where; all conditions must hold",
        isRepeatable: true,
      },
      {
        ...WHERE,
        description: "the records to judge, as modality=CT; all that are given must hold (default: all others)",
      },
      {
        flags: "--outliers <condition>",
        description: "known outliers: the threshold is put between them and the reference instead of by --alpha",
        isRepeatable: true,
      },
      ...OUTLIER_FLAGS,
    ],
    examples: [
      "medembed library outliers --library ./lib --reference label.quality=accepted",
      "medembed library outliers --library ./lib --reference label.quality=accepted --where modality=CT --method both --drift added",
      "medembed library outliers --library ./lib --reference label.quality=accepted --outliers label.quality=rejected --out outliers.csv",
    ],
    load: async () => (await import("./outliers.ts")).outliers,
  },
  export: {
    usage: "",
    summary: "write vectors with all that is known of them to a file",
    options: [LIBRARY, OUT, WHERE],
    examples: [
      "medembed library export --library ./lib --out vectors.parquet",
      "medembed library export --library ./lib --where modality=CT > ct.jsonl",
    ],
    load: async () => (await import("./transfer.ts")).exportLibrary,
  },
  import: {
    usage: "<files...>",
    summary: "store vectors from files that export or embed --out has written",
    options: [LIBRARY],
    examples: ["medembed library import vectors.parquet --library ./lib"],
    load: async () => (await import("./transfer.ts")).importLibrary,
  },
  label: {
    usage: "",
    summary: "set or unset labels of records, or take them from a table",
    options: [
      LIBRARY,
      WHERE,
      { flags: "--set <name=value>", description: "a label; may be given several times", isRepeatable: true },
      { flags: "--unset <name>", description: "a label that goes; may be given several times", isRepeatable: true },
      {
        flags: "--from <csv>",
        description: "a table with a column path (inside its folder) or id; every other column is a label",
      },
    ],
    examples: [
      "medembed library label --library ./lib --where modality=CT --set site=north",
      "medembed library label --library ./lib --from ./study/labels.csv",
    ],
    load: async () => (await import("./maintain.ts")).label,
  },
  remove: {
    usage: "",
    summary: "remove records",
    options: [
      LIBRARY,
      WHERE,
      { flags: "--lost", description: "those whose files are gone or were changed since they were added" },
    ],
    examples: [
      "medembed library remove --library ./lib --where label.site=north",
      "medembed library remove --library ./lib --where 'source^=/data/old/'",
    ],
    load: async () => (await import("./maintain.ts")).remove,
  },
  stats: {
    usage: "",
    summary: "show what a library holds, and how well its index finds",
    options: [LIBRARY, JSON_OUT],
    examples: ["medembed library stats --library ./lib"],
    load: async () => (await import("./maintain.ts")).stats,
  },
  map: {
    usage: "",
    summary: "lay the records out on a plane, what is alike together, and keep it with the library",
    options: [
      LIBRARY,
      { flags: "--method <name>", description: "umap (what is alike lies together) or pca (default: umap)" },
      { flags: "--seed <n>", description: "another one gives another map (default: 0)" },
      { flags: "--renew", description: "make it anew, with what was added since (default: what is kept is used)" },
      {
        flags: "--colour <field>",
        description: "of the points in the report, e.g. bodyPart or label.finding (default: modality)",
      },
      REPORT,
      JSON_OUT,
    ],
    examples: [
      "medembed library map --library ./lib --report map.html",
      "medembed library map --library ./lib --renew --report map.html --colour label.finding",
    ],
    load: async () => (await import("./map.ts")).map,
  },
  compact: {
    usage: "",
    summary: "put a library in order: few files, a fresh index",
    options: [
      LIBRARY,
      {
        flags: "--purge",
        description: "take what was removed off the disk at once; nobody else may write to the library meanwhile",
      },
      JSON_OUT,
    ],
    examples: ["medembed library compact --library ./lib"],
    load: async () => (await import("./maintain.ts")).compact,
  },
  verify: {
    usage: "",
    summary: "read all records and tell those that are damaged",
    options: [
      LIBRARY,
      { flags: "--files", description: "tell files that are gone or were changed since they were added, too" },
      JSON_OUT,
    ],
    examples: ["medembed library verify --library ./lib --files"],
    load: async () => (await import("./maintain.ts")).verify,
  },
} as const satisfies Record<string, CommandSpec>;
