import type { DataSet, Element } from "dicom-parser";
import { MedembedError } from "../../errors.ts";

/** PS3.6, those that decide what a picture looks like or that tell something of it that identifies nobody. */
export const TAGS = {
  transferSyntax: "x00020010",
  mediaStorageSopClass: "x00020002",
  sopClass: "x00080016",
  sopInstance: "x00080018",
  studyDate: "x00080020",
  acquisitionDate: "x00080022",
  modality: "x00080060",
  conversionType: "x00080064",
  manufacturer: "x00080070",
  codeValue: "x00080100",
  codingSchemeDesignator: "x00080102",
  anatomicRegionSequence: "x00082218",
  patientId: "x00100020",
  patientBirthDate: "x00100030",
  patientSex: "x00100040",
  patientAge: "x00101010",
  contrastBolusAgent: "x00180010",
  contrastBolusAgentSequence: "x00180012",
  bodyPartExamined: "x00180015",
  scanningSequence: "x00180020",
  sliceThickness: "x00180050",
  repetitionTime: "x00180080",
  echoTime: "x00180081",
  inversionTime: "x00180082",
  magneticFieldStrength: "x00180087",
  imagerPixelSpacing: "x00181164",
  flipAngle: "x00181314",
  viewPosition: "x00185101",
  echoPulseSequence: "x00189008",
  inversionRecovery: "x00189009",
  echoPlanarPulseSequence: "x00189018",
  inversionTimes: "x00189079",
  effectiveEchoTime: "x00189082",
  mrTimingSequence: "x00189112",
  mrEchoSequence: "x00189114",
  mrModifierSequence: "x00189115",
  contrastBolusUsageSequence: "x00189341",
  contrastBolusAgentAdministered: "x00189342",
  studyInstance: "x0020000d",
  seriesInstance: "x0020000e",
  imagePosition: "x00200032",
  imageOrientation: "x00200037",
  laterality: "x00200060",
  imageLaterality: "x00200062",
  frameAnatomySequence: "x00209071",
  frameLaterality: "x00209072",
  planePositionSequence: "x00209113",
  planeOrientationSequence: "x00209116",
  samplesPerPixel: "x00280002",
  photometricInterpretation: "x00280004",
  planarConfiguration: "x00280006",
  numberOfFrames: "x00280008",
  rows: "x00280010",
  columns: "x00280011",
  pixelSpacing: "x00280030",
  bitsAllocated: "x00280100",
  bitsStored: "x00280101",
  highBit: "x00280102",
  pixelRepresentation: "x00280103",
  pixelPaddingValue: "x00280120",
  pixelPaddingRangeLimit: "x00280121",
  burnedInAnnotation: "x00280301",
  windowCenter: "x00281050",
  windowWidth: "x00281051",
  rescaleIntercept: "x00281052",
  rescaleSlope: "x00281053",
  rescaleType: "x00281054",
  voiLutFunction: "x00281056",
  redPaletteDescriptor: "x00281101",
  greenPaletteDescriptor: "x00281102",
  bluePaletteDescriptor: "x00281103",
  redPaletteData: "x00281201",
  greenPaletteData: "x00281202",
  bluePaletteData: "x00281203",
  modalityLutSequence: "x00283000",
  lutDescriptor: "x00283002",
  lutData: "x00283006",
  voiLutSequence: "x00283010",
  pixelMeasuresSequence: "x00289110",
  frameVoiLutSequence: "x00289132",
  pixelValueTransformationSequence: "x00289145",
  specimenLabelInImage: "x00480010",
  viewCodeSequence: "x00540220",
  sharedFunctionalGroups: "x52009229",
  perFrameFunctionalGroups: "x52009230",
  extendedOffsetTable: "x7fe00001",
  floatPixelData: "x7fe00008",
  doubleFloatPixelData: "x7fe00009",
  pixelData: "x7fe00010",
} as const;

/** A list of windows or scales takes some hundred bytes. */
const MAX_TEXT_BYTES = 65_536;

/** PS3.5 6.2: what neither DS nor IS has. Number() would read hexadecimal ones. */
const NOT_DECIMAL = /[^\d+\-.eE ]/;

export type Attribute = keyof typeof TAGS;

/**
 * The attributes of a data set or of an item of a sequence. One that is absent or empty is undefined; one whose value is
 * not of its kind makes the file a broken one, and is never replaced by a default.
 */
export class Attributes {
  readonly #dataSet: DataSet;

  constructor(dataSet: DataSet) {
    this.#dataSet = dataSet;
  }

  /** US or SS, as 16 bits without sign. @throws MedembedError "corrupt-image" */
  uint16(name: Attribute): number | undefined {
    return this.uint16s(name, 1)?.[0];
  }

  /** US, SS or OW: as many as are there, `most` at most. @throws MedembedError "corrupt-image" */
  uint16s(name: Attribute, most: number): Uint16Array | undefined {
    const bytes = this.bytes(name);
    if (!bytes) return undefined;
    if (bytes.length < 2) throw broken(name, "one byte, a value needs two");
    const { byteArrayParser } = this.#dataSet;
    const length = Math.min(most, Math.floor(bytes.length / 2));
    return Uint16Array.from({ length }, (_, i) => byteArrayParser.readUint16(bytes, i * 2));
  }

  /** DS or IS: decimal numbers as text. @throws MedembedError "corrupt-image" */
  decimals(name: Attribute): number[] | undefined {
    return this.text(name)
      ?.split("\\")
      .map((value) => {
        const number = NOT_DECIMAL.test(value) ? Number.NaN : Number(value);
        if (value.trim() === "" || !Number.isFinite(number)) throw broken(name, "a value that is no number");
        return number;
      });
  }

  /** FD. @throws MedembedError "corrupt-image" */
  double(name: Attribute): number | undefined {
    const bytes = this.bytes(name);
    if (!bytes) return undefined;
    if (bytes.length < 8) throw broken(name, `${bytes.length} bytes, a value needs eight`);
    return this.#dataSet.byteArrayParser.readDouble(bytes, 0);
  }

  /** CS or UI, without the padding. */
  text(name: Attribute): string | undefined {
    const bytes = this.bytes(name);
    if (!bytes) return undefined;
    if (bytes.length > MAX_TEXT_BYTES) throw broken(name, `${bytes.length} bytes, at most ${MAX_TEXT_BYTES} are read`);
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
    return text.replace(/[\0 ]+$/, "").trimStart() || undefined;
  }

  /** @throws MedembedError "corrupt-image" where the value lies beyond the end of the file */
  bytes(name: Attribute): Uint8Array | undefined {
    const element = this.element(name);
    if (!element || element.length === 0) return undefined;
    const { byteArray } = this.#dataSet;
    const end = element.dataOffset + element.length;
    if (end > byteArray.length) throw broken(name, `an end at ${end}, the file has ${byteArray.length} bytes`);
    return byteArray.subarray(element.dataOffset, end);
  }

  /** The items of a sequence; none where it is absent. */
  items(name: Attribute): Attributes[] {
    const items = this.element(name)?.items ?? [];
    return items.flatMap(({ dataSet }) => (dataSet ? [new Attributes(dataSet)] : []));
  }

  element(name: Attribute): Element | undefined {
    return this.#dataSet.elements[TAGS[name]];
  }
}

function broken(name: Attribute, found: string): MedembedError {
  return new MedembedError("corrupt-image", `the DICOM attribute ${name} has ${found}`);
}
