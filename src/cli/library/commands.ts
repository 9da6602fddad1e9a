import { CACHE, type CommandSpec, type Flag, JSON_OUT, MODEL, PRECISION, PROFILE, THREADS } from "../flags.ts";

const LIBRARY: Flag = {
  flags: "--library <folder|uri>",
  description: "where the library is: a folder, or an address such as s3://bucket/library",
};
const WHERE: Flag = {
  flags: "--where <condition>",
  description: "only records such as modality=CT, sliceThickness<3, label.finding!=none; all that are given must hold",
  isRepeatable: true,
};

export const LIBRARY_COMMANDS = {
  add: {
    usage: "<paths...>",
    summary: "embed pictures and keep their vectors; what the library has already is passed by",
    options: [
      LIBRARY,
      {
        flags: "--label <name=value>",
        description: "for every picture that is added; may be given several times",
        isRepeatable: true,
      },
      MODEL,
      PROFILE,
      PRECISION,
      THREADS,
      CACHE,
      JSON_OUT,
    ],
    examples: [
      "medembed library add ./study --library ./lib",
      "medembed library add ./normal --library ./lib --label finding=none",
    ],
    load: async () => (await import("./add.ts")).add,
  },
  search: {
    usage: "",
    summary: "show the pictures nearest to a picture or a text",
    options: [
      LIBRARY,
      { flags: "--image <file>", description: "the picture to compare with" },
      { flags: "--text <text>", description: "the text to compare with" },
      { flags: "--top <n>", description: "how many to show, 1 to 1000 (default: 10)" },
      WHERE,
      MODEL,
      PRECISION,
      THREADS,
      CACHE,
      JSON_OUT,
    ],
    examples: [
      "medembed library search --library ./lib --image query.dcm",
      'medembed library search --library ./lib --text "mri brain axial flair" --where modality=MR',
    ],
    load: async () => (await import("./search.ts")).search,
  },
} as const satisfies Record<string, CommandSpec>;
