import { PRECISIONS } from "../src/models/bundle.ts";
import type { Macs } from "./macs.ts";
import type { Results, RungResults } from "./results.ts";
import type { Spread } from "./rounds.ts";

const LABEL_WIDTH = 40;
const COLUMN_WIDTH = 26;

/** The rows that exist once for every rung of the precision ladder. */
const RUNG_ROWS: readonly { readonly label: string; readonly show: (rung: RungResults) => string }[] = [
  { label: "images/s end to end", show: ({ imagesPerSecond }) => spread(imagesPerSecond) },
  { label: "texts/s end to end", show: ({ textsPerSecond }) => spread(textsPerSecond) },
  { label: "images/s, engine, one at a time", show: ({ inferencePerSecond }) => spread(inferencePerSecond[1]) },
  { label: "images/s, engine, eight at a time", show: ({ inferencePerSecond }) => spread(inferencePerSecond[8]) },
  { label: "cores that the engine keeps busy", show: ({ inferenceCores }) => spread(inferenceCores) },
  {
    label: "matrix products on all cores, GMAC/s",
    show: ({ matmulMacsPerSecond }) => spread(matmulMacsPerSecond, 1e-9),
  },
  { label: "share of that rate, %: engine", show: ({ shareOfMatmulRate }) => spread(shareOfMatmulRate.inference, 100) },
  { label: "                       images", show: ({ shareOfMatmulRate }) => spread(shareOfMatmulRate.images, 100) },
  { label: "                       texts", show: ({ shareOfMatmulRate }) => spread(shareOfMatmulRate.texts, 100) },
  { label: "CPU ms an image end to end", show: ({ cpuMsAnImage }) => spread(cpuMsAnImage) },
  { label: "  of it decode + resize + tensor, %", show: (rung) => spread(rung.preparationShareOfCpu, 100) },
  { label: "images/s over fp32", show: ({ speedOverFp32 }) => spread(speedOverFp32) },
  { label: "cold start of `embed one.png`, ms", show: ({ coldStartSeconds }) => spread(coldStartSeconds, 1e3) },
  { label: "peak memory of `embed`, MiB", show: ({ peakMemoryBytes }) => digits(peakMemoryBytes / 2 ** 20) },
];

/** For people; medians with the least and the most of the rounds. */
export function formatTable(results: Results): string {
  const { machine, versions, model, inputs, macs, stages, fidelity } = results;
  return [
    `medembed ${versions.medembed} at ${results.commit?.slice(0, 7) ?? "no commit"}${results.isChanged ? ", changed" : ""}, ${results.date}`,
    `${machine.cpu.model}, ${machine.cores} cores, ${machine.cpu.flags?.join(" ") ?? "flags unknown"}, load before ${machine.loadBefore}`,
    `node ${versions.node}, onnxruntime ${versions.onnxruntime}, sharp ${versions.sharp}, ${results.threads} threads, ${results.rounds} rounds`,
    `${model.name}, profile ${model.profile}; ${giga(macs.image)} GMAC a picture (${giga(macs.imageWithPadding)} with padding), ${giga(macs.text)} a text`,
    `${inputs.pictures} pictures and ${inputs.texts} texts a round, ${inputs.tokensAText.toFixed(1)} tokens a text`,
    "",
    row("", [...PRECISIONS]),
    ...RUNG_ROWS.map(({ label, show }) =>
      row(
        label,
        PRECISIONS.map((name) => show(results.precisions[name])),
      ),
    ),
    row(
      "1 - cosine to fp32: worst, mean",
      PRECISIONS.map((name) => (name in fidelity ? `${fidelity[name].worst}, ${fidelity[name].mean}` : "")),
    ),
    "",
    row("decode, images/s on one thread", [spread(stages.decodePerSecond)]),
    row("resize + tensor, images/s on one thread", [spread(stages.resizePerSecond)]),
    row("start of an empty node, ms", [spread(results.emptyNodeSeconds, 1e3)]),
    row("others' share of the cores meanwhile, %", [spread(results.shareOfOthers, 100)]),
  ].join("\n");
}

function row(label: string, cells: readonly string[]): string {
  return `${label.padEnd(LABEL_WIDTH)}${cells.map((cell) => cell.padEnd(COLUMN_WIDTH)).join("")}`.trimEnd();
}

function spread(value: Spread | undefined, factor = 1): string {
  if (!value) return "-";
  const [median, min, max] = [value.median, value.min, value.max].map((number) => digits(number * factor));
  return `${median} (${min} - ${max})`;
}

/** Three digits that mean something, without exponents. */
function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function giga({ linear, other }: Macs): string {
  return ((linear + other) / 1e9).toFixed(3);
}
