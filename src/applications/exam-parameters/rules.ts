import type { Columns } from "../../vector-files/vector-file.ts";

/** What the facts of an MR header say of how the picture was made, as far as the rules ask. */
interface Sequence {
  /** SE, IR, GR, EP, RM. */
  readonly parts: ReadonlySet<string>;
  /** In ms and degrees; NaN where the header does not tell it: no comparison with it holds. */
  readonly repetitionTime: number;
  readonly echoTime: number;
  readonly inversionTime: number;
}

interface SequenceRule {
  readonly label: string;
  /** The rule in words, for the docs. */
  readonly says: string;
  readonly applies: (sequence: Sequence) => boolean;
}

/**
 * What a sequence is called, by the usual ranges at 1.5 and 3 tesla; the first rule that applies. A picture that none applies to has no
 * label: a guess would be learned as a truth.
 */
export const SEQUENCE_RULES: readonly SequenceRule[] = [
  {
    label: "echo planar",
    says: "EP: diffusion, perfusion and functional series",
    applies: ({ parts }) => parts.has("EP"),
  },
  {
    label: "STIR",
    says: "IR, inversion time 80 to 300 ms: fat is dark",
    applies: ({ parts, inversionTime }) => parts.has("IR") && inversionTime >= 80 && inversionTime <= 300,
  },
  {
    label: "FLAIR",
    says: "IR, inversion time from 1500 ms: water is dark",
    applies: ({ parts, inversionTime }) => parts.has("IR") && inversionTime >= 1500,
  },
  {
    label: "T1 inversion",
    says: "IR, inversion time above 300 and below 1500 ms",
    applies: ({ parts, inversionTime }) => parts.has("IR") && inversionTime > 300 && inversionTime < 1500,
  },
  {
    label: "T1",
    says: "SE without IR, repetition time up to 1000 ms, echo time up to 30 ms",
    applies: ({ parts, repetitionTime, echoTime }) => isSpinEcho(parts) && repetitionTime <= 1000 && echoTime <= 30,
  },
  {
    label: "proton density",
    says: "SE without IR, repetition time from 1500 ms, echo time below 60 ms",
    applies: ({ parts, repetitionTime, echoTime }) => isSpinEcho(parts) && repetitionTime >= 1500 && echoTime < 60,
  },
  {
    label: "T2",
    says: "SE without IR, repetition time from 1500 ms, echo time from 60 ms",
    applies: ({ parts, repetitionTime, echoTime }) => isSpinEcho(parts) && repetitionTime >= 1500 && echoTime >= 60,
  },
  {
    label: "T2*",
    says: "GR without SE and IR, echo time from 12 ms",
    applies: ({ parts, echoTime }) => isGradientEcho(parts) && echoTime >= 12,
  },
  {
    label: "short gradient echo",
    says: "GR without SE and IR, echo time below 12 ms",
    applies: ({ parts, echoTime }) => isGradientEcho(parts) && echoTime < 12,
  },
];

function isSpinEcho(parts: ReadonlySet<string>): boolean {
  return parts.has("SE") && !parts.has("IR");
}

function isGradientEcho(parts: ReadonlySet<string>): boolean {
  return parts.has("GR") && !parts.has("SE") && !parts.has("IR");
}

/** The name of the sequence that the facts of a header describe. */
export function sequenceOf(facts: Columns): string | undefined {
  if (typeof facts.scanningSequence !== "string") return undefined;
  const [repetitionTime, echoTime, inversionTime] = (["repetitionTime", "echoTime", "inversionTime"] as const).map(
    (name) => Number(facts[name] ?? Number.NaN),
  );
  const sequence = { parts: new Set(facts.scanningSequence.split("+")), repetitionTime, echoTime, inversionTime };
  return SEQUENCE_RULES.find(({ applies }) => applies(sequence))?.label;
}

/** Coarse regions of the terms of Body Part Examined: headers name the same picture now by an organ, now by what is around it. */
export const REGIONS: Readonly<Record<string, readonly string[]>> = {
  head: words(
    "HEAD SKULL BRAIN CEREBELLUM INTRACRANIAL SELLA ORBIT EYE FACE JAW MANDIBLE MAXILLA MASTOID EAR IAC TMJ NOSE ZYGOMA",
  ),
  neck: words("NECK HEADNECK CAROTID LARYNX PHARYNX NASOPHARYNX THYROID PAROTID TONGUE"),
  chest: words("CHEST LUNG MEDIASTINUM RIB STERNUM HEART CORONARYARTERY PULMONARYA THORACICAORTA AORTICARCH NECKCHEST"),
  breast: words("BREAST AXILLA"),
  abdomen: words(
    "ABDOMEN LIVER SPLEEN PANCREAS KIDNEY GALLBLADDER BILIARYTRACT BILEDUCT STOMACH ADRENAL RETROPERITONEUM SMALLINTESTINE COLON ABDOMINALAORTA",
  ),
  pelvis: words("PELVIS BLADDER PROSTATE UTERUS OVARY RECTUM SIJOINT TESTIS SCROTUM"),
  trunk: words("CHESTABDOMEN CHESTABDPELVIS ABDOMENPELVIS NECKCHESTABDOMEN NECKCHESTABDPELV"),
  spine: words("SPINE CSPINE TSPINE LSPINE SSPINE CTSPINE TLSPINE LSSPINE LUMBAR COCCYX SPINALCORD"),
  "upper limb": words(
    "UPPERLIMB SHOULDER CLAVICLE SCAPULA ACJOINT HUMERUS UPPERARM ELBOW FOREARM RADIUS ULNA RADIUSULNA WRIST HAND FINGER THUMB",
  ),
  "lower limb": words(
    "LOWERLIMB HIP FEMUR THIGH KNEE PATELLA TIBIA FIBULA TIBIAFIBULA LOWERLEG CALF ANKLE FOOT CALCANEUS TOE",
  ),
  "whole body": words("WHOLEBODY"),
};

const REGION_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(REGIONS).flatMap(([region, parts]) => parts.map((part) => [part, region] as const)),
);

/** The region of the body part that the facts of a header name. */
export function regionOf({ bodyPart }: Columns): string | undefined {
  return typeof bodyPart === "string" ? REGION_OF.get(bodyPart) : undefined;
}

function words(list: string): readonly string[] {
  return list.split(" ");
}
