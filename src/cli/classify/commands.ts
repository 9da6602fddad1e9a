import { SEED } from "../bootstrap-options.ts";
import { type CommandSpec, DICOMWEB, ENGINE, JSON_OUT, VOLUMES } from "../flags.ts";
import { REPORT } from "../report-files.ts";

/** Zero-shot classification, and texts that are good for it. */
export const CLASSIFY_COMMANDS = {
  classify: {
    usage: "[paths...]",
    summary: "say which of some texts each picture fits best, without any training",
    options: [
      { flags: "--labels <texts>", description: "labels with commas between; what holds a comma goes to --label" },
      { flags: "--label <text>", description: "a label; may be given several times", isRepeatable: true },
      {
        flags: "--labels-file <file>",
        description:
          "labels one a line, or a .csv with the columns label and, if there are any, prompt, negative (a text for its absence: then each label is answered by itself) and others for --template; lines of one label are averaged",
      },
      {
        flags: "--labels-from <groups>",
        description: "labels of the catalogue, as in modality=x-ray,body_part=chest; medembed labels lists it",
      },
      {
        flags: "--template <text>",
        description:
          'how a label is said, as in "x-ray chest {label}", or with columns of the file; of several the mean is taken',
        isRepeatable: true,
      },
      {
        flags: "--vectors <file>",
        description: "pictures that medembed embed has turned into vectors, instead of paths",
      },
      { flags: "--out <file>", description: "write .csv or .jsonl instead of standard output" },
      { flags: "--top <n>", description: "keep the likeliest n labels of each picture (default: all; 3 in a table)" },
      {
        flags: "--truth <file>",
        description:
          "CSV with the columns id, label and, if there is one, group (a patient): print how well the labels were found; of labels with negative a column each, of 1, 0 or nothing, in place of label",
      },
      SEED,
      REPORT,
      ...DICOMWEB,
      ...VOLUMES,
      ...ENGINE,
      JSON_OUT,
    ],
    examples: [
      'medembed classify examples/images --labels "x-ray chest,computed tomography brain,ultrasound"',
      'medembed classify films/ --labels "pneumonia,no finding" --template "x-ray chest {label}" --out predictions.csv',
      "medembed classify --vectors vectors.parquet --labels-from modality=x-ray,body_part=chest --top 3",
      "medembed classify films/ --labels-file labels.csv --truth truth.csv",
    ],
    load: async () => (await import("./classify.ts")).classify,
  },
  labels: {
    usage: "",
    summary: "list texts that are good as labels, by modality, body part and view",
    options: [
      {
        flags: "--group <groups>",
        description: "modality, body_part and view, as in modality=x-ray,body_part=chest; ct finds computed tomography",
      },
      { flags: "--match <regex>", description: "what the text must hold, a regular expression, whatever the case" },
      JSON_OUT,
    ],
    examples: [
      "medembed labels --group modality=x-ray --match pneumo",
      "medembed labels --group body_part=brain > labels.csv",
    ],
    load: async () => (await import("./labels.ts")).labels,
  },
} as const satisfies Record<string, CommandSpec>;
