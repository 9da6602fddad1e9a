/** A word with the others that mean it. */
export interface Term {
  readonly name: string;
  /** The modality that it is a kind of; undefined for one of its own. */
  readonly kindOf?: string;
  readonly synonyms: readonly string[];
}

/** Kinds of pictures; the name is the word that prompts begin with. */
export const MODALITIES: readonly Term[] = terms(`
  x-ray: xray, x ray, radiograph, radiography, plain film, cxr, cr, dx
  mammography (x-ray): mammogram, mg
  panoramic radiography (x-ray): orthopantomogram, opg
  angiography (x-ray): angiogram, xa
  computed tomography: ct, cat scan, ct scan, computerised tomography, computerized tomography
  computed tomography angiography (computed tomography): ct angiography, cta
  magnetic resonance imaging: mri, mr, magnetic resonance
  magnetic resonance angiography (magnetic resonance imaging): mr angiography, mra
  ultrasound: us, sonography, sonogram, ultrasonography, echography
  echocardiography (ultrasound): echocardiogram
  positron emission tomography (nuclear medicine): pet, pet scan
  bone scintigraphy (nuclear medicine): bone scan
  fundus photography: fundus image, fundoscopy, ophthalmoscopy, retinal fundus, fundus photograph, color fundus photography, colour fundus photography
  optical coherence tomography: oct
  dermoscopy: dermatoscopy, dermoscopic
  clinical photography: clinical photograph, dermatology
  endoscopy: endoscopic, colonoscopy, gastroscopy
  capsule endoscopy (endoscopy):
  bronchoscopy (endoscopy):
  histopathology: histology, pathology slide, pathology, whole slide image, wsi
  cytology: pap smear
  blood smear microscopy: blood smear, peripheral blood smear
`);

/** Parts of the body, with the words for the same field of view. */
export const BODY_PARTS: readonly Term[] = terms(`
  abdomen: abdominal
  ankle:
  aorta:
  bladder: urinary bladder
  blood:
  brain: head, cranial, neuro
  breast: breasts
  carotid artery: carotid
  cervical spine: cspine, c-spine, neck spine
  cervix: cervical
  chest: thorax, thoracic
  colon: large bowel, colorectal
  coronary arteries: coronary artery
  elbow:
  esophagus: oesophagus, esophageal
  eye: retina, retinal, macula
  fetus: fetal
  foot: feet
  forearm:
  gallbladder:
  hand: hands
  heart: cardiac
  hip:
  kidney: kidneys, renal
  knee:
  leg veins: lower limb veins
  liver: hepatic
  lower leg: tibia fibula
  lumbar spine: lspine, l-spine
  lung: lungs, pulmonary
  lymph node: lymph nodes
  neck:
  ovary: ovaries, ovarian
  pancreas: pancreatic
  paranasal sinuses: sinuses
  pelvis: pelvic
  prostate: prostatic
  rectum: rectal
  red blood cell: erythrocyte
  shoulder:
  skin:
  skull:
  small bowel: small intestine
  spleen:
  stomach: gastric
  teeth: dental, tooth
  testis: testicle, scrotum
  thoracic spine: tspine, t-spine
  thyroid:
  uterus: uterine
  white blood cell: leukocyte
  whole body:
  wrist:
`);

/** How a picture was taken or cut. */
export const VIEWS: readonly Term[] = terms(`
  anteroposterior: ap
  posteroanterior: pa, frontal
  lateral:
  oblique:
  axillary:
  craniocaudal: cc
  mediolateral oblique: mlo
  axial: transverse, transaxial
  coronal:
  sagittal:
  parasternal long axis: plax
  parasternal short axis: psax
  apical four chamber: a4c
  subcostal:
`);

/** The term that a word names, whatever its case; undefined for one that is unknown. */
export function termOf(word: string, known: readonly Term[]): Term | undefined {
  const wanted = word.trim().toLowerCase();
  return known.find(({ name, synonyms }) => name === wanted || synonyms.includes(wanted));
}

/** One a line: `name (kind): synonym, synonym`. */
function terms(lines: string): Term[] {
  return lines
    .trim()
    .split("\n")
    .map((line) => {
      const [, name, kindOf, synonyms] = /^\s*([^:(]+?)(?: \(([^)]+)\))?:(.*)$/.exec(line)!;
      return { name, ...(kindOf && { kindOf }), synonyms: listOf(synonyms) };
    });
}

/** What stands between commas. */
export function listOf(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
