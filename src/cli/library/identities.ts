import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { MedembedError } from "../../errors.ts";
import type { Identify } from "../../facts.ts";
import { keyedHash, openIdentityKey } from "../../formats/identity-key.ts";
import { text } from "../options.ts";

/**
 * The hash of patients, studies and series under the key of `--key`, or of the user. It is not kept in the library: whoever has
 * both can try out whom a hash stands for.
 * @throws MedembedError "invalid-config", "write-failed"
 */
export async function openIdentify(options: Readonly<Record<string, unknown>>): Promise<Identify> {
  const path = text(options, "key") ?? join(configFolder(), "identities.key");
  await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
    throw new MedembedError("write-failed", `cannot make the folder of ${path}: ${cause.code}`, { cause });
  });
  return keyedHash(await openIdentityKey(path));
}

/** Where the user's programs keep what they need to keep. */
function configFolder(): string {
  const { env, platform } = process;
  if (platform === "win32" && env.APPDATA) return join(env.APPDATA, "medembed");
  if (platform === "darwin") return join(homedir(), "Library/Application Support/medembed");
  return join(env.XDG_CONFIG_HOME || join(homedir(), ".config"), "medembed");
}
