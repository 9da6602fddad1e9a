import { createHmac, randomBytes } from "node:crypto";
import { link, open, readFile, unlink } from "node:fs/promises";
import { MedembedError } from "../errors.ts";
import type { Identify } from "../facts.ts";

/** As long as what SHA-256 gives; a longer key adds nothing. */
const KEY_BYTES = 32;
/** Of the hash, in hex: 128 bits. Two of a billion identities get the same with a chance of 1 in 10^21. */
const HASH_DIGITS = 32;

/**
 * HMAC-SHA-256 of an identity under a key (RFC 2104): the same identity gets the same hash wherever the key is the same, and without the
 * key nobody can try out which identity a hash stands for. A patient's ID and a UID that are equal get different ones.
 */
export function keyedHash(key: Uint8Array): Identify {
  return (name, id) => createHmac("sha256", key).update(`${name}\0${id}`).digest("hex").slice(0, HASH_DIGITS);
}

/** A key for once. */
export function newIdentityKey(): Uint8Array {
  return randomBytes(KEY_BYTES);
}

/**
 * The key of a file, in hex. A file that does not exist is made with a new key, readable by its owner only; of several who make it at
 * once all get the same.
 * @throws MedembedError "invalid-config" for a file that holds something else, "write-failed"
 */
export async function openIdentityKey(path: string): Promise<Uint8Array> {
  const found = (await readKey(path)) ?? (await makeKey(path));
  const hex = found.trim();
  if (!/^[0-9a-f]{64}$/i.test(hex)) {
    throw new MedembedError(
      "invalid-config",
      `${path} holds no key: ${KEY_BYTES} bytes as ${2 * KEY_BYTES} hex digits`,
    );
  }
  return Buffer.from(hex, "hex");
}

async function readKey(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "latin1");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new MedembedError("invalid-config", `${path} cannot be read: ${code}`, { cause: error });
  }
}

/** Written beside its place and linked there, so that nobody reads half a key, and the first one stays. */
async function makeKey(path: string): Promise<string> {
  const own = `${path}.${process.pid}-${randomBytes(4).toString("hex")}`;
  try {
    const file = await open(own, "wx", 0o600);
    try {
      await file.writeFile(`${Buffer.from(newIdentityKey()).toString("hex")}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(own, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    return await readFile(path, "latin1");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new MedembedError("write-failed", `cannot write the key ${path}: ${code}`, { cause: error });
  } finally {
    await unlink(own).catch(() => {});
  }
}
