import { randomBytes } from "node:crypto";
import { open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { parseDocument } from "yaml";
import { MedembedError } from "../errors.ts";
import { readText } from "../models/read-text.ts";
import { readKeyFile, SIMPLE_KEYS } from "./key-set.ts";

/** As many as a key of AES-256: nobody guesses it. */
const KEY_BYTES = 32;
const OWNER_ONLY = 0o600;

/**
 * Puts a new random key in the place of an old one. The file is replaced whole; comments, its mode and its owner stay. One
 * that does not exist is made, for its owner only.
 * @param which "primary", "secondary", "admin" or the name of a named key
 * @returns the new key
 * @throws MedembedError "usage", for a named key that the file does not have, too
 */
export async function rotateKey(path: string, which: string): Promise<string> {
  const isNew = (await stat(path).catch(() => undefined)) === undefined;
  const target = isNew ? path : await realpath(path); // what a link leads to, not the link
  const named = isNew ? {} : ((await readKeyFile(target)).named ?? {});
  const isSimple = (SIMPLE_KEYS as readonly string[]).includes(which);
  if (!isSimple && !Object.hasOwn(named, which)) {
    throw new MedembedError(
      "usage",
      `no key ${which} in ${path}: it has ${[...SIMPLE_KEYS, ...Object.keys(named)].join(", ")}`,
    );
  }
  if (isNew && which === "admin")
    throw new MedembedError("usage", `${path} does not exist: make its primary key first`);
  const key = randomBytes(KEY_BYTES).toString("base64url");
  const before = isNew ? "" : await readText(target, Number.MAX_SAFE_INTEGER, "usage");
  await replaceFile(
    target,
    withKey(before, isSimple ? [which] : ["named", which, "key"], key, target.endsWith(".json")),
  );
  return key;
}

function withKey(text: string, path: readonly string[], key: string, isJson: boolean): string {
  const document = parseDocument(text);
  document.setIn(path, key);
  return isJson ? `${JSON.stringify(document.toJS(), null, 2)}\n` : document.toString({ lineWidth: 0 });
}

/** There are the old bytes or the new ones, never half of them. */
async function replaceFile(path: string, text: string): Promise<void> {
  const before = await stat(path).catch(() => undefined);
  const beside = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}`);
  try {
    const file = await open(beside, "wx", OWNER_ONLY);
    try {
      await file.writeFile(text);
      if (before) {
        if (before.uid !== process.getuid?.()) await file.chown(before.uid, before.gid); // root must not lock the server out
        await file.chmod(before.mode & 0o777);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true });
    throw new MedembedError("write-failed", `cannot write ${path}: ${(cause as NodeJS.ErrnoException).code}`, {
      cause,
    });
  }
}
