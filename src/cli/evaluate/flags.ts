import { SEED } from "../bootstrap-options.ts";
import { CACHE, type CommandSpec, JSON_OUT, MODEL } from "../flags.ts";
import { REPORT } from "../report-files.ts";

/** `medembed evaluate`: how well a search by vectors finds what it should. */
export const EVALUATE = {
  usage: "[vectors]",
  summary: "measure a search: of a file of vectors with labels, of a library, of texts for pictures, or of volumes",
  options: [
    {
      flags: "--labels <file>",
      description: "CSV with the columns id and label; group, if there is one, keeps a patient from finding itself",
    },
    { flags: "--library <folder|uri>", description: "evaluate the search of a library in place of a file" },
    {
      flags: "--label <field>",
      description: "of a library: what records must have in common, e.g. modality or label.finding",
    },
    {
      flags: "--where <condition>",
      description: "of a library: only such records; may be given several times",
      isRepeatable: true,
    },
    { flags: "--k <list>", description: "how many ranks are looked at (default: 1,3,5,10)" },
    {
      flags: "--queries <file>",
      description: "vectors to look for, labelled in the same CSV (default: each vector among all others)",
    },
    { flags: "--part <name>", description: "look for rows whose column split is so, among all others" },
    { flags: "--near-duplicates <cosine>", description: "do not count what is as like the query as this, e.g. 0.99" },
    { flags: "--adapter <folder>", description: "search by the feature of an adapter-network as well, side by side" },
    { flags: "--prompt <text>", description: "look for pictures by texts, one a label: {label} is replaced by it" },
    {
      flags: "--volumes <separator>",
      description:
        "the vectors are slices, their volume's id stands before the last separator: # in ct.nii.gz#12, / in folder/12.dcm",
    },
    SEED,
    MODEL,
    CACHE,
    REPORT,
    JSON_OUT,
  ],
  examples: [
    "medembed evaluate vectors.parquet --labels labels.csv --k 1,3,5",
    "medembed evaluate vectors.npy --labels labels.csv --part test --adapter ./findings --report search.html",
    "medembed evaluate --library ./lib --label label.finding --near-duplicates 0.99",
    'medembed evaluate vectors.npy --labels labels.csv --prompt "x-ray chest {label}"',
    "medembed evaluate slices.parquet --labels volumes.csv --volumes '#'",
  ],
  load: async () => (await import("./evaluate.ts")).evaluate,
} as const satisfies CommandSpec;
