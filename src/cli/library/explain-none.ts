import { LABEL_PREFIX } from "../../library/columns-of.ts";
import type { Filter } from "../../library/filter.ts";
import type { Library } from "../../library/library.ts";
import { didYouMean } from "../../nearest-word.ts";

/** Why no record is as conditions say, as the end of a message: labels and values that no record has, with those that may be meant. */
export async function explainNone(library: Library, where: Filter): Promise<string> {
  const wanted = where.flatMap(({ field, operator, values }) => {
    const isWanted = field.startsWith(LABEL_PREFIX) && operator === "=" && values.length > 0;
    return isWanted ? [{ name: field.slice(LABEL_PREFIX.length), values: values.map(String) }] : [];
  });
  if (wanted.length === 0) return "";
  const counts = await library.labelCounts();
  const reasons = wanted.flatMap(({ name, values }) => {
    const known = counts.get(name);
    if (!known) return [`no record has a label ${name}${didYouMean(name, counts.keys())}`];
    const strange = values.filter((value) => !known.has(value));
    return strange.map(
      (value) => `no record has the value ${value} of ${LABEL_PREFIX}${name}${didYouMean(value, known.keys())}`,
    );
  });
  return reasons.map((reason) => `; ${reason}`).join("");
}
