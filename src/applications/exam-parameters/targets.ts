import type { Columns } from "../../vector-files/vector-file.ts";
import { regionOf, sequenceOf } from "./rules.ts";

/** What can be told of an exam in a word. Each reads it from what stands beside a vector; undefined where that does not tell it. */
export const LABEL_TARGETS = {
  modality: (columns) => word(columns, "modality"),
  bodyPart: (columns) => word(columns, "bodyPart"),
  region: regionOf,
  plane: (columns) => word(columns, "plane"),
  view: (columns) => word(columns, "view"),
  sequence: sequenceOf,
  contrast: (columns) => word(columns, "contrast"),
} as const satisfies Record<string, (columns: Columns) => string | undefined>;

/** Quantities differ by factors or by amounts, and so do errors. */
export type Scale = "log" | "linear";

/** What can be told in a number, by the fact of this name. Values that are not above 0 were not measured. */
export const NUMBER_TARGETS = {
  repetitionTime: { unit: "ms", scale: "log" },
  echoTime: { unit: "ms", scale: "log" },
  inversionTime: { unit: "ms", scale: "log" },
  flipAngle: { unit: "degrees", scale: "linear" },
  fieldStrength: { unit: "T", scale: "linear" },
} as const satisfies Record<string, { readonly unit: string; readonly scale: Scale }>;

export type NumberTarget = keyof typeof NUMBER_TARGETS;
export const NUMBER_TARGET_NAMES = Object.keys(NUMBER_TARGETS) as NumberTarget[];

/** @param target one of `LABEL_TARGETS`, or a column such as label.protocol */
export function readLabel(columns: Columns, target: string): string | undefined {
  return Object.hasOwn(LABEL_TARGETS, target)
    ? LABEL_TARGETS[target as keyof typeof LABEL_TARGETS](columns)
    : word(columns, target);
}

export function readNumber(columns: Columns, target: NumberTarget): number | undefined {
  const value = Number(columns[target] ?? Number.NaN);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

function word(columns: Columns, name: string): string | undefined {
  const text = String(columns[name] ?? "").trim();
  return text === "" ? undefined : text;
}
