/** Makers by the first word of what devices write, in capitals; a brand stands under its maker. */
export const MANUFACTURERS: Readonly<Record<string, string>> = {
  AGFA: "Agfa",
  ALOKA: "Hitachi",
  APERIO: "Leica",
  ACUSON: "Siemens",
  BK: "BK Medical",
  BRUKER: "Bruker",
  CANON: "Canon",
  CARESTREAM: "Carestream",
  CARL: "Zeiss",
  EASTMAN: "Kodak",
  ELEKTA: "Elekta",
  ELSCINT: "Elscint",
  ESAOTE: "Esaote",
  FUJI: "Fujifilm",
  FUJIFILM: "Fujifilm",
  GE: "GE",
  GEMS: "GE",
  GENERAL: "GE",
  HAMAMATSU: "Hamamatsu",
  HEIDELBERG: "Heidelberg Engineering",
  HITACHI: "Hitachi",
  HOLOGIC: "Hologic",
  KODAK: "Kodak",
  KONICA: "Konica Minolta",
  LEICA: "Leica",
  LORAD: "Hologic",
  MARCONI: "Marconi",
  MEDISON: "Samsung",
  MINDRAY: "Mindray",
  NEUSOFT: "Neusoft",
  NIDEK: "Nidek",
  OLYMPUS: "Olympus",
  OPTOVUE: "Optovue",
  PHILIPS: "Philips",
  PICKER: "Picker",
  PLANMECA: "Planmeca",
  PLANMED: "Planmed",
  SAMSUNG: "Samsung",
  SHIMADZU: "Shimadzu",
  SIEMENS: "Siemens",
  SONOSITE: "Sonosite",
  SUPERSONIC: "SuperSonic Imagine",
  TOPCON: "Topcon",
  TOSHIBA: "Toshiba",
  UIH: "United Imaging",
  UNITED: "United Imaging",
  VARIAN: "Varian",
  ZEISS: "Zeiss",
};

/** The name of a maker that is known, and else "other": Manufacturer is a free text. */
export function manufacturer(written: string): string {
  const [first] = written
    .toUpperCase()
    .split(/[^A-Z]+/)
    .filter((word) => word !== "");
  return (first && Object.hasOwn(MANUFACTURERS, first) && MANUFACTURERS[first]) || "other";
}
