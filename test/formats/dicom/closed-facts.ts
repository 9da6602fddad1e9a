import assert from "node:assert/strict";
import { FACTS, type Facts } from "../../../src/facts.ts";
import { BODY_PARTS } from "../../../src/formats/dicom/facts/body-parts.ts";
import { MANUFACTURERS } from "../../../src/formats/dicom/facts/manufacturers.ts";
import { LATERALITIES, MODALITIES, SCANNING_SEQUENCES, SEXES, VIEWS } from "../../../src/formats/dicom/facts/terms.ts";

const CLOSED: { readonly [name in keyof Facts]: (value: string) => boolean } = {
  modality: (value) => MODALITIES.words.has(value),
  bodyPart: (value) => BODY_PARTS.words.has(value),
  view: (value) => VIEWS.words.has(value),
  plane: (value) => ["axial", "coronal", "sagittal", "oblique"].includes(value),
  laterality: (value) => LATERALITIES.words.has(value),
  scanningSequence: (value) => value.split("+").every((part) => SCANNING_SEQUENCES.words.has(part)),
  contrast: (value) => ["yes", "no"].includes(value),
  manufacturer: (value) => ["other", ...Object.values(MANUFACTURERS)].includes(value),
  sex: (value) => SEXES.words.has(value),
  ageBand: (value) => /^(\d0?-\d?9|90\+)$/.test(value),
  burntInText: (value) => ["yes", "no"].includes(value),
};

/** Texts are words of a list that stands in our own code, or hashes; numbers are numbers. */
export function assertClosed(facts: Facts): void {
  for (const [name, value] of Object.entries(facts)) {
    assert.equal(typeof value, FACTS[name as keyof Facts] === "text" ? "string" : "number", name);
    if (typeof value === "number") assert.ok(Number.isFinite(value));
    else assert.ok(CLOSED[name as keyof Facts]?.(value) ?? /^[0-9a-f]{32}$/.test(value), `${name}: ${value}`);
  }
}
