import { MedembedError } from "../errors.ts";

interface Profile {
  readonly summary: string;
  readonly options: Readonly<Record<string, { readonly default: number; readonly min: number; readonly max: number }>>;
}

/**
 * The ways from an image to a model's input. Vectors of two profiles do not compare, so a profile never changes: one
 * that computes anything else gets a new name.
 */
export const PROFILES = {
  direct: {
    summary: "RGB, then bicubic to the input size; 16-bit gray is scaled from its full range",
    options: {},
  },
  "mi2-service": {
    summary: "as the MedImageInsight service: bicubic to 512x512, RGB, JPEG round trip, bicubic to the input size",
    options: {
      // More would only cost memory: the next step shrinks the picture again.
      standardSize: { default: 512, min: 1, max: 4096 },
      jpegQuality: { default: 75, min: 1, max: 100 },
    },
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof PROFILES;

/** A profile by name, with the options that differ from its own. */
export type ProfileChoice = {
  [Name in ProfileName]: { readonly name: Name } & {
    readonly [Option in keyof (typeof PROFILES)[Name]["options"]]?: number;
  };
}[ProfileName];

/** The choice that an id names, such as "direct" or "mi2-service;jpegQuality=95". @throws as `profileOptions` */
export function parseProfile(id: string): ProfileChoice {
  const [name, ...settings] = id.split(";");
  const options = settings.map((setting) => {
    const [option, value = ""] = setting.split(/=(.*)/s);
    return [option, /^\d+$/.test(value) ? Number(value) : Number.NaN] as const;
  });
  const profile = { name, ...Object.fromEntries(options) } as ProfileChoice;
  profileOptions(profile);
  return profile;
}

/** The profile as records name it: options stand in it only where they differ from the profile's own. */
export function profileId(profile: ProfileChoice): string {
  const options = Object.entries(profileOptions(profile));
  const { options: own }: Profile = PROFILES[profile.name];
  const changed = options.filter(([option, value]) => value !== own[option]?.default);
  return [profile.name, ...changed.map(([name, value]) => `${name}=${value}`)].join(";");
}

/**
 * Every option of the chosen profile, in the table's order, as given or by default.
 * @throws MedembedError "unknown-profile"; "usage" for an option that the profile lacks or a value out of its range
 */
export function profileOptions({ name, ...given }: ProfileChoice): Readonly<Record<string, number>> {
  if (!Object.hasOwn(PROFILES, name)) {
    throw new MedembedError("unknown-profile", `no profile "${name}"; known are ${Object.keys(PROFILES).join(", ")}`);
  }
  const { options }: Profile = PROFILES[name];
  const values = new Map<string, number>(Object.entries(options).map(([option, own]) => [option, own.default]));
  for (const [option, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const known = values.has(option) ? options[option] : undefined;
    if (!known) throw new MedembedError("usage", `profile ${name} has no option "${option}"`);
    if (!Number.isInteger(value) || value < known.min || value > known.max) {
      throw new MedembedError("usage", `${option} needs a whole number from ${known.min} to ${known.max}`);
    }
    values.set(option, value);
  }
  return Object.fromEntries(values);
}
