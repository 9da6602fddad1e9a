import { MedembedError } from "../errors.ts";

/** What an HTTP header may hold without being changed on its way. */
const TOKEN = /^[\x21-\x7e]{1,8192}$/;

/** Who asks: a token (RFC 6750), or a name and a password (RFC 7617). */
export type Credentials = { readonly token: string } | { readonly user: string; readonly password: string };

/**
 * The root of a DICOMweb service, as `https://host/dicom-web`; paths are put behind it.
 * @throws MedembedError "usage", whose message does not repeat the address: it may hold a password
 */
export function readServerUrl(url: string): string {
  if (!URL.canParse(url)) throw usage("is no address such as https://host/dicom-web");
  const { protocol, username, password, search, hash, origin, pathname } = new URL(url);
  if (protocol !== "https:" && protocol !== "http:") throw usage("begins with neither https: nor http:");
  if (username !== "" || password !== "") throw usage("holds a user or password; give credentials apart from it");
  if (search !== "" || hash !== "") throw usage("has something behind its path; give the root of the service");
  return `${origin}${pathname.replace(/\/+$/, "")}`;
}

/** The header that carries the credentials. @throws MedembedError "usage" */
export function authorization(credentials: Credentials): string {
  if ("token" in credentials) {
    if (!TOKEN.test(credentials.token))
      throw credentialsFault("the token is empty or has a character that headers cannot hold");
    return `Bearer ${credentials.token}`;
  }
  const { user, password } = credentials;
  if (user === "" || user.includes(":")) throw credentialsFault("the user's name is empty or has a colon");
  return `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`;
}

function usage(fault: string): MedembedError {
  return new MedembedError("usage", `the address of the DICOMweb server ${fault}`);
}

function credentialsFault(fault: string): MedembedError {
  return new MedembedError("usage", `the credentials for the DICOMweb server cannot be used: ${fault}`);
}
