import { readFile } from "node:fs/promises";
import { answerSections, classifierRecords, comparisonSection } from "../../applications/classifier-sections.ts";
import { pictureFrom } from "../../library/gallery.ts";
import type { Look } from "../../library/thumbnail.ts";
import { type GalleryItem, gallery } from "../../reports/gallery.ts";
import { reportPage, type Section } from "../../reports/page.ts";
import { lookOf } from "../library/look-of.ts";
import type { Report } from "../report-files.ts";
import type { Prediction } from "./prediction.ts";
import { predictionRecord } from "./prediction-writer.ts";
import type { Measured } from "./truth.ts";

/** As many pictures as somebody looks through; each takes some twenty kilobytes of the page. */
const PICTURES_SHOWN = 48;
const SCORES_SHOWN = 3;
const NAME = "zero-shot";

/** What `classify` has found. */
export interface Classified {
  readonly model: string;
  /** Of the vectors, as records name it. */
  readonly profile: string;
  readonly labels: readonly string[];
  readonly predictions: readonly Prediction[];
  /** Where the truth is known. */
  readonly measured: Measured | undefined;
  /** As `--json` prints them. */
  readonly figures: unknown;
}

/** A page with the pictures, what was found in them and, where the truth is known, how well. */
export async function classifiedReport(classified: Classified): Promise<Report> {
  const { model, profile, labels, predictions, measured, figures } = classified;
  const { report } = measured ?? {};
  const page = reportPage({
    title: "Zero-shot classification",
    about: [
      `${predictions.length} pictures, ${labels.length} labels, ${model}, profile ${profile}`,
      ...(report ? [`Measured on ${report.rows} pictures of ${report.groups} groups`] : []),
      "Probabilities hold for this set of labels only.",
    ],
    sections: [
      ...(measured ? [comparisonSection({ [NAME]: measured.report })] : []),
      ...(measured ? answerSections({ ...measured, labels, points: [] }) : []),
      await picturesSection(classified),
    ],
  });
  const shape = { labels, hasTruth: measured !== undefined };
  const records = report
    ? classifierRecords({ [NAME]: report }, NAME, [])
    : [predictionRecord.head(shape), ...predictions.map((prediction) => predictionRecord.cells(prediction, shape))];
  return { page, figures, records };
}

async function picturesSection({ predictions, profile, measured }: Classified): Promise<Section> {
  const shown = predictions.toSorted((a, b) => badness(b) - badness(a)).slice(0, PICTURES_SHOWN);
  const look = lookOf(profile);
  const items: GalleryItem[] = [];
  for (const prediction of shown) items.push(await itemOf(prediction, look)); // one picture in memory at a time
  return {
    title: "Pictures",
    about: [
      ...(shown.length < predictions.length ? [`${shown.length} of ${predictions.length}.`] : []),
      ...(measured ? ["Wrong answers come first, the surest of them before others."] : []),
    ].join(" "),
    parts: [gallery(items)],
  };
}

/** How sure a wrong answer is; 0 for a right one, or one of which nobody knows. */
function badness(prediction: Prediction): number {
  return isRight(prediction) === false ? prediction.probabilities[prediction.zero_shot_pred] : 0;
}

function isRight({ zero_shot_pred, ground_truth_label }: Prediction): boolean | undefined {
  return ground_truth_label ? ground_truth_label === zero_shot_pred : undefined;
}

async function itemOf(prediction: Prediction, look: Look): Promise<GalleryItem> {
  const { file_name, zero_shot_pred, ground_truth_label, probabilities } = prediction;
  const right = isRight(prediction);
  return {
    picture: await pictureFrom(file_name, () => readFile(file_name), look),
    heading: zero_shot_pred || "none",
    ...(right !== undefined && { note: right ? "right" : "wrong" }),
    known: { ...(ground_truth_label && { truth: ground_truth_label }), file: file_name },
    scores: Object.fromEntries(Object.entries(probabilities).slice(0, SCORES_SHOWN)),
  };
}
