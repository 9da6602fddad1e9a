import { readFile } from "node:fs/promises";
import { pictureFrom } from "../../library/gallery.ts";
import type { Look } from "../../library/show-picture.ts";
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

/** What `classify` has found. */
export interface Classified {
  readonly model: string;
  /** Of the vectors, as records name it. */
  readonly profile: string;
  readonly labels: readonly string[];
  readonly predictions: readonly Prediction[];
  /** Of the probabilities, in a sentence. */
  readonly meaning: string;
  /** Where the truth is known. */
  readonly measured: Measured | undefined;
  /** As `--json` prints them. */
  readonly figures: unknown;
}

/** A page with the pictures, what was found in them and, where the truth is known, how well. */
export async function classifiedReport(classified: Classified): Promise<Report> {
  const { model, profile, labels, predictions, meaning, measured, figures } = classified;
  const { report } = measured ?? {};
  const page = reportPage({
    title: "Zero-shot classification",
    about: [
      `${predictions.length} pictures, ${labels.length} labels, ${model}, profile ${profile}`,
      ...(report ? [`Measured on ${report.rows} pictures of ${report.groups} groups`] : []),
      `${meaning[0].toUpperCase()}${meaning.slice(1)}.`,
    ],
    sections: [...(measured?.sections ?? []), await picturesSection(classified)],
  });
  const shape = { labels, hasTruth: measured !== undefined };
  const records = measured?.records ?? [
    predictionRecord.head(shape),
    ...predictions.map((prediction) => predictionRecord.cells(prediction, shape)),
  ];
  return { page, figures, records };
}

async function picturesSection({ predictions, profile, measured }: Classified): Promise<Section> {
  const mistakeIn = ({ file_name }: Prediction) => measured?.mistakes.get(file_name);
  const shown = predictions.toSorted((a, b) => (mistakeIn(b) ?? 0) - (mistakeIn(a) ?? 0)).slice(0, PICTURES_SHOWN);
  const look = lookOf(profile);
  const items: GalleryItem[] = [];
  for (const prediction of shown) items.push(await itemOf(prediction, mistakeIn(prediction), look)); // one picture in memory at a time
  return {
    title: "Pictures",
    about: [
      ...(shown.length < predictions.length ? [`${shown.length} of ${predictions.length}.`] : []),
      ...(measured ? ["Wrong answers come first, the surest of them before others."] : []),
    ].join(" "),
    parts: [gallery(items)],
  };
}

/** @param mistake how sure it is, 0 for a right answer; undefined where nobody knows */
async function itemOf(prediction: Prediction, mistake: number | undefined, look: Look): Promise<GalleryItem> {
  const { file_name, zero_shot_pred, ground_truth_label, probabilities } = prediction;
  return {
    picture: await pictureFrom(file_name, () => readFile(file_name), look),
    heading: zero_shot_pred || "none",
    ...(mistake !== undefined && { note: mistake === 0 ? "right" : "wrong" }),
    known: { ...(mistake !== undefined && { truth: ground_truth_label || "none" }), file: file_name },
    scores: Object.fromEntries(Object.entries(probabilities).slice(0, SCORES_SHOWN)),
  };
}
