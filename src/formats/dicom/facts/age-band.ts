import type { Attributes } from "../attributes.ts";

/** PS3.5 6.2, AS: how many of a unit make a year. */
const UNITS_A_YEAR: Readonly<Record<string, number>> = { D: 365.25, W: 52.18, M: 12, Y: 1 };
const AGE = /^(\d{3})([DWMY])$/;
/** PS3.5 6.2, DA, and with the points of former editions. */
const DATE = /^(\d{4})\.?(\d{2})\.?(\d{2})$/;
const YEAR_MS = 365.25 * 86_400_000;

const BAND_YEARS = 10;
/** From here on there are few of an age, and who is the oldest of a town is known in it. */
const LAST_BAND = 90;
const MAX_AGE = 150;

/** Ten years around the age at the examination: as the file has it, or from the dates of birth and of the study. */
export function readAgeBand(file: Attributes): string | undefined {
  const years = statedAge(file) ?? ageByDates(file);
  if (years === undefined || years < 0 || years > MAX_AGE) return undefined;
  if (years >= LAST_BAND) return `${LAST_BAND}+`;
  const from = Math.floor(years / BAND_YEARS) * BAND_YEARS;
  return `${from}-${from + BAND_YEARS - 1}`;
}

function statedAge(file: Attributes): number | undefined {
  const [, count, unit] = AGE.exec(file.text("patientAge") ?? "") ?? [];
  return count === undefined ? undefined : Number(count) / UNITS_A_YEAR[unit];
}

function ageByDates(file: Attributes): number | undefined {
  const birth = readDate(file.text("patientBirthDate"));
  const study = readDate(file.text("studyDate")) ?? readDate(file.text("acquisitionDate"));
  return birth === undefined || study === undefined ? undefined : (study - birth) / YEAR_MS;
}

function readDate(text = ""): number | undefined {
  const [, year, month, day] = DATE.exec(text) ?? [];
  const date = Date.parse(`${year}-${month}-${day}`);
  const isReal = !Number.isNaN(date) && new Date(date).getUTCDate() === Number(day); // February 30 becomes March 2
  return isReal ? date : undefined;
}
