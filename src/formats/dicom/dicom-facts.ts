import { MedembedError } from "../../errors.ts";
import type { FactName, Facts, Identify, IdentityName } from "../../facts.ts";
import type { Attribute, Attributes } from "./attributes.ts";
import { readContrast, readScanningSequence } from "./facts/acquisition.ts";
import { readAgeBand } from "./facts/age-band.ts";
import { BODY_PARTS, bodyPart } from "./facts/body-parts.ts";
import { readBurntInText } from "./facts/burnt-in-text.ts";
import { manufacturer } from "./facts/manufacturers.ts";
import { readPlane, readSlicePosition } from "./facts/slice.ts";
import { LATERALITIES, MODALITIES, SEXES, VIEWS } from "./facts/terms.ts";
import { codedWord, type Vocabulary } from "./facts/vocabulary.ts";
import { FrameHeader } from "./frame-header.ts";
import type { OpenedDicom } from "./open-dicom.ts";

/** As many digits as make sense; with more, writers of one and the same length would not agree. */
const SIGNIFICANT_DIGITS = 5;

/** From and to, in the units of `FACTS`. What lies outside was not measured but put there: zeros, dates, numbers of patients. */
const RANGES = {
  milliseconds: [0.001, 100_000],
  degrees: [0, 360],
  tesla: [0.001, 30],
  /** Of a pixel or a slice. */
  millimetres: [0.00001, 1_000],
  /** In the room around the patient. */
  position: [-10_000, 10_000],
} as const satisfies Record<string, readonly [from: number, to: number]>;

/** PS3.5 6.2, UI, and the letters that some writers put into it. */
const UID = /^[\x21-\x5b\x5d-\x7e]{1,64}$/;
/** PS3.5 6.2, LO: no control characters, no backslash. */
const PATIENT_ID = /^[^\p{Cc}\\]{1,64}$/u;

type Reader<Name extends FactName> = (header: FrameHeader, identify: Identify) => Facts[Name] | undefined;

const READERS: { readonly [Name in FactName]: Reader<Name> } = {
  modality: ({ file }) => word(file, "modality", MODALITIES),
  bodyPart: (header) =>
    bodyPart(header.file.text("bodyPartExamined") ?? "") ??
    codedWord(header.within("frameAnatomySequence"), "anatomicRegionSequence", BODY_PARTS),
  view: ({ file }) => word(file, "viewPosition", VIEWS) ?? codedWord(file, "viewCodeSequence", VIEWS),
  plane: readPlane,
  laterality: (header) =>
    word(header.within("frameAnatomySequence"), "frameLaterality", LATERALITIES) ??
    word(header.file, "imageLaterality", LATERALITIES) ??
    word(header.file, "laterality", LATERALITIES),
  scanningSequence: readScanningSequence,
  contrast: readContrast,
  manufacturer: ({ file }) => {
    const written = file.text("manufacturer");
    return written && manufacturer(written);
  },
  sex: ({ file }) => word(file, "patientSex", SEXES),
  ageBand: ({ file }) => readAgeBand(file),
  burntInText: ({ file }) => readBurntInText(file),
  repetitionTime: (header) => decimal(header.within("mrTimingSequence"), "repetitionTime", "milliseconds"),
  echoTime: (header) =>
    within("milliseconds", header.within("mrEchoSequence").double("effectiveEchoTime")) ??
    decimal(header.file, "echoTime", "milliseconds"),
  inversionTime: (header) =>
    within("milliseconds", header.within("mrModifierSequence").double("inversionTimes")) ??
    decimal(header.file, "inversionTime", "milliseconds"),
  flipAngle: (header) => decimal(header.within("mrTimingSequence"), "flipAngle", "degrees"),
  fieldStrength: ({ file }) => decimal(file, "magneticFieldStrength", "tesla"),
  sliceThickness: (header) => decimal(header.within("pixelMeasuresSequence"), "sliceThickness", "millimetres"),
  rowSpacing: (header) => spacing(header, 0),
  columnSpacing: (header) => spacing(header, 1),
  slicePosition: (header) => within("position", readSlicePosition(header)),
  patient: ({ file }, identify) => identity("patient", file.text("patientId"), PATIENT_ID, identify),
  study: ({ file }, identify) => identity("study", file.text("studyInstance"), UID, identify),
  series: ({ file }, identify) => identity("series", file.text("seriesInstance"), UID, identify),
  instance: ({ file }, identify) => identity("instance", file.text("sopInstance"), UID, identify),
};

/**
 * What the header of a DICOM file tells of one frame that may travel with its vector: words of closed lists, numbers within
 * ranges, and identities as `identify` makes them. Free texts are never among it. What is absent, empty or not of its kind is left out.
 * @param frame from 1, as DICOM counts
 * @throws MedembedError "unsupported-image" for a frame that the file does not have
 */
export function dicomFacts({ attributes }: OpenedDicom, identify: Identify, frame = 1): Facts {
  const frames = Math.max(1, told(() => attributes.decimals("numberOfFrames"))?.[0] ?? 1); // writers put zero for one
  if (frame > frames) {
    throw new MedembedError("unsupported-image", `frame ${frame} is asked for, the DICOM file has ${frames}`);
  }
  const header = new FrameHeader(attributes, frame - 1);
  const facts = Object.entries(READERS).map(([name, read]) => [name, told(() => read(header, identify))]);
  return Object.fromEntries(facts.filter(([, value]) => value !== undefined));
}

/** A value that is not of its kind breaks a picture, but no fact: it is as good as absent. */
function told<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MedembedError) return undefined;
    throw error;
  }
}

function word(attributes: Attributes, name: Attribute, { words }: Vocabulary): string | undefined {
  const written = attributes.text(name)?.toUpperCase();
  return written !== undefined && words.has(written) ? written : undefined;
}

function decimal(attributes: Attributes, name: Attribute, range: keyof typeof RANGES): number | undefined {
  return within(range, attributes.decimals(name)?.[0]);
}

function within(range: keyof typeof RANGES, value: number | undefined): number | undefined {
  const [from, to] = RANGES[range];
  return value !== undefined && value >= from && value <= to
    ? Number(value.toPrecision(SIGNIFICANT_DIGITS))
    : undefined;
}

/** PS3.3 10.7.1.3: between rows, between columns; of projections on the detector, where nothing else is known. */
function spacing(header: FrameHeader, index: 0 | 1): number | undefined {
  const spacings =
    header.within("pixelMeasuresSequence").decimals("pixelSpacing") ?? header.file.decimals("imagerPixelSpacing");
  return within("millimetres", spacings?.[index]);
}

function identity(name: IdentityName, id: string | undefined, form: RegExp, identify: Identify): string | undefined {
  return id !== undefined && form.test(id) ? identify(name, id) : undefined;
}
