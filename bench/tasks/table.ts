import type { Estimate } from "../../src/applications/metrics/bootstrap.ts";
import type { EncoderFigures, ParaphraseFigures, Results, TaskFigures, UnknownWordFigures } from "./results.ts";

const LABEL_WIDTH = 50;
const COLUMN_WIDTH = 26;

/** The rows of a task, one column an encoder. */
const TASK_ROWS: readonly { readonly label: string; readonly of: (task: TaskFigures) => Estimate | undefined }[] = [
  { label: "zero-shot balanced accuracy", of: ({ zeroShot }) => zeroShot?.balancedAccuracy },
  { label: "zero-shot mean AUC", of: ({ zeroShot }) => zeroShot?.meanAreaUnderCurve },
  { label: "zero-shot calibration error", of: ({ zeroShot }) => zeroShot?.expectedCalibrationError },
  { label: "linear head balanced accuracy", of: ({ linearHead }) => linearHead?.balancedAccuracy },
  { label: "linear head mean AUC", of: ({ linearHead }) => linearHead?.meanAreaUnderCurve },
  { label: "adapter network balanced accuracy", of: ({ adapter }) => adapter?.balancedAccuracy },
  { label: "adapter network mean AUC", of: ({ adapter }) => adapter?.meanAreaUnderCurve },
  { label: "16 neighbours balanced accuracy", of: ({ nearestNeighbours }) => nearestNeighbours?.balancedAccuracy },
  { label: "16 neighbours mean AUC", of: ({ nearestNeighbours }) => nearestNeighbours?.meanAreaUnderCurve },
  { label: "retrieval precision at 5", of: ({ retrieval }) => retrieval?.precisionAt5 },
];

const MEAN_ROWS = [
  { label: "zero-shot", method: "zeroShot" },
  { label: "linear head", method: "linearHead" },
  { label: "adapter network", method: "adapter" },
  { label: "16 neighbours", method: "nearestNeighbours" },
] as const;

/** For people: percent, with the 95 % interval over groups. */
export function formatTable(results: Results): string {
  const { machine, versions, model, data, encoders } = results;
  const [first] = encoders;
  return [
    `medembed ${versions.medembed} at ${results.commit?.slice(0, 7) ?? "no commit"}${results.isChanged ? ", changed" : ""}, ${results.date}`,
    `${machine.cpu.model}, ${machine.cores} cores; node ${versions.node}, onnxruntime ${versions.onnxruntime}, sharp ${versions.sharp}`,
    `${model}, weights ${first.weights.slice(0, 12)}, profile ${first.profile}`,
    `${data.valImages} val pictures, ${data.trainImages} train pictures; %, in brackets 95 % intervals over groups, ${results.bootstrapRounds} samples`,
    "",
    row(
      "",
      encoders.map(({ name }) => name),
    ),
    ...Object.entries(first.tasks).flatMap(([name, task]) => taskRows(name, task, encoders)),
    `mean balanced accuracy of findings, ${first.meanOfFindings.sources} sources`,
    ...MEAN_ROWS.map(({ label, method }) => estimates(label, encoders, ({ meanOfFindings }) => meanOfFindings[method])),
    "",
    "shortcuts: which source, balanced accuracy of a linear head (100 / sources = none)",
    ...keysOf(encoders, "sourceProbes").map((name) => {
      const { sources, images } = first.sourceProbes[name];
      const label = `${name}, ${sources.length} sources, ${images} images`;
      return estimates(label, encoders, ({ sourceProbes }) => sourceProbes[name]?.balancedAccuracy);
    }),
    ...perturbationRows(encoders),
    ...paraphraseRows(encoders),
    ...unknownWordRows(encoders),
  ].join("\n");
}

function taskRows(
  name: string,
  { classes, images, groups, trainImages }: TaskFigures,
  encoders: readonly EncoderFigures[],
): string[] {
  return [
    `${name}: ${classes} classes, ${images} images of ${groups} groups, ${trainImages} to train`,
    ...TASK_ROWS.map(({ label, of }) =>
      estimates(label, encoders, ({ tasks }) => (tasks[name] ? of(tasks[name]) : undefined)),
    ),
    "",
  ];
}

function perturbationRows(encoders: readonly EncoderFigures[]): string[] {
  const names = keysOf(encoders, "perturbations");
  return names.flatMap((name) => {
    const changes = encoders.map(({ perturbations }) => (perturbations as Changes | undefined)?.[name]);
    const tasks = Object.keys(changes.find((change) => change !== undefined) ?? {});
    return [
      "",
      `${name}: change of zero-shot balanced accuracy`,
      ...tasks.map((task) =>
        row(
          `  ${task}`,
          changes.map((change) => show(change?.[task], true)),
        ),
      ),
    ];
  });
}

type Changes = Readonly<Record<string, Readonly<Record<string, Estimate>>>>;

function paraphraseRows(encoders: readonly EncoderFigures[]): string[] {
  const names = keysOf(encoders, "paraphrases");
  const cells = (show: (figures: ParaphraseFigures) => string, name: string) =>
    encoders.map(({ paraphrases }) => (paraphrases?.[name] ? show(paraphrases[name]) : "-"));
  return [
    "",
    "unseen words for known labels: nearest to their own prompt; top-1 of their pictures unchanged",
    ...names.flatMap((name) => [
      row(
        `  ${name}`,
        cells(({ paraphrases, nearestToOwn }) => `${nearestToOwn} of ${paraphrases}`, name),
      ),
      row(
        "",
        cells(
          ({ pictures, unchangedTop1 }) => `${unchangedTop1} of ${pictures}, ${percent(unchangedTop1 / pictures)}`,
          name,
        ),
      ),
    ]),
  ];
}

function unknownWordRows(encoders: readonly EncoderFigures[]): string[] {
  const cells = (show: (figures: UnknownWordFigures) => string) =>
    encoders.map(({ unknownWords }) => (unknownWords ? show(unknownWords) : "-"));
  return [
    "",
    "an anatomy that no caption names, in place of the right one",
    row(
      "  nearer than the right one",
      cells(({ won, pictures }) => `${won} of ${pictures}, ${percent(won / pictures)}`),
    ),
    row(
      "  the one that wins most",
      cells(({ worst: { won, pictures } }) => percent(won / pictures)),
    ),
    ...encoders.flatMap(({ name, unknownWords }) =>
      unknownWords ? [`    ${name}: ${unknownWords.worst.prompt}`] : [],
    ),
  ];
}

function keysOf(encoders: readonly EncoderFigures[], part: "sourceProbes" | "perturbations" | "paraphrases"): string[] {
  return [...new Set(encoders.flatMap((encoder) => Object.keys(encoder[part] ?? {})))];
}

function estimates(
  label: string,
  encoders: readonly EncoderFigures[],
  of: (encoder: EncoderFigures) => Estimate | undefined,
): string {
  return row(
    `  ${label}`,
    encoders.map((encoder) => show(of(encoder))),
  );
}

function row(label: string, cells: readonly string[]): string {
  return `${label.padEnd(LABEL_WIDTH)}${cells.map((cell) => cell.padEnd(COLUMN_WIDTH)).join("")}`.trimEnd();
}

function show(estimate: Estimate | undefined, isChange = false): string {
  if (!estimate) return "-";
  const signed = (value: number) => (isChange && value >= 0.0005 ? "+" : "") + percent(value);
  return `${signed(estimate.value)} (${signed(estimate.low)} to ${signed(estimate.high)})`;
}

function percent(share: number): string {
  return (100 * share).toFixed(1).replace(/^-0\.0$/, "0.0");
}
