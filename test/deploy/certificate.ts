import { execFileSync } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Makes a self-signed certificate for localhost: `medembed.crt` and `medembed.key` in a new folder. @returns the certificate */
export async function makeCertificate(folder: string): Promise<Buffer> {
  await mkdir(folder);
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const files = ["-keyout", "medembed.key", "-out", "medembed.crt"];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  execFileSync("openssl", ["req", "-x509", ...key, ...subject, ...files], { cwd: folder, stdio: "pipe" });
  return readFile(join(folder, "medembed.crt"));
}
