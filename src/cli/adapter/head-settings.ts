import { HEADS, type HeadName, settingsOf } from "../../applications/heads/kinds.ts";
import { MedembedError } from "../../errors.ts";
import { text } from "../options.ts";
import { SETTING_FLAGS } from "./setting-flags.ts";

type Options = Readonly<Record<string, unknown>>;

/** What the options set, for each of the heads. @throws MedembedError "usage" for one that is out of bounds or that no head has */
export function headSettings(options: Options, heads: readonly HeadName[]): ReadonlyMap<HeadName, Options> {
  for (const [setting, { flags, option }] of Object.entries(SETTING_FLAGS)) {
    if (options[option] === undefined || heads.some((head) => setting in HEADS[head].defaults)) continue;
    throw new MedembedError("usage", `${flags.split(" ")[0]} is no setting of ${heads.join(" or ")}`);
  }
  return new Map(heads.map((head) => [head, settingsFor(head, options)]));
}

function settingsFor(head: HeadName, options: Options): Options {
  const given = Object.entries(SETTING_FLAGS).flatMap(([setting, { option, parse }]) => {
    const value = text(options, option);
    return value === undefined || !(setting in HEADS[head].defaults) ? [] : [[setting, parse(value, head)]];
  });
  try {
    return settingsOf(head, Object.fromEntries(given));
  } catch (cause) {
    throw new MedembedError("usage", (cause as Error).message, { cause });
  }
}
