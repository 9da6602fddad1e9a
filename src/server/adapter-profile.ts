import { readAdapterCard } from "../applications/adapters/adapter-files.ts";
import { MedembedError } from "../errors.ts";
import { parseProfile, profileId } from "../profiles/profiles.ts";

/**
 * An adapter is good for one profile: what it was trained on. Chosen may be another way to say it, such as with
 * `;rendering=dicom`, which lets the deployment read DICOM files.
 * @param chosen in the config
 * @throws MedembedError "usage"
 */
export async function profileFor(adapter: string, chosen: string | undefined): Promise<string> {
  const { space } = await readAdapterCard(adapter).catch((cause: Error) => {
    throw new MedembedError("usage", cause.message, { cause });
  });
  if (chosen === undefined) return space.profile;
  if (profileId(parseProfile(chosen)) === space.profile) return chosen;
  throw new MedembedError(
    "usage",
    `${adapter} was trained on the profile ${space.profile}, the deployment has ${chosen}`,
  );
}
