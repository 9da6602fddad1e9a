/** Of a longer list of numbers. */
const SHOWN = 4;

/** JSON for people: of a vector its beginning, and how much longer it is. */
export function abridge(value: unknown): string {
  const shorter = (_name: string, part: unknown) =>
    Array.isArray(part) && part.length > SHOWN && part.every((item) => typeof item === "number")
      ? [...part.slice(0, SHOWN), `… ${part.length - SHOWN} more`]
      : part;
  return JSON.stringify(value, shorter, 2);
}
