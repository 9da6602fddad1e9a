import { readAdapterCard } from "../applications/adapters/adapter-files.ts";
import { MedembedError } from "../errors.ts";
import { parseProfile, profileId } from "../profiles/profiles.ts";

/** An adapter is good for one profile: what it was trained on. @param chosen in the config @throws MedembedError "usage" */
export async function profileFor(adapter: string, chosen: string | undefined): Promise<string> {
  const { space } = await readAdapterCard(adapter).catch((cause: Error) => {
    throw new MedembedError("usage", cause.message, { cause });
  });
  if (chosen === undefined || profileId(parseProfile(chosen)) === space.profile) return space.profile;
  throw new MedembedError(
    "usage",
    `${adapter} was trained on the profile ${space.profile}, the deployment has ${chosen}`,
  );
}
