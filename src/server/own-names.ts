import { isIPv4 } from "node:net";
import { MedembedError } from "../errors.ts";

/** @param host a name or an address, IPv6 without brackets */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

/**
 * Whoever owns a name can let it lead to this machine (DNS rebinding): to a browser the server then is a part of that page, which may read
 * all that it answers. The header Host still has the foreign name, and pages cannot change it. Programs of HTTP/1.0 may leave it out.
 * @param host the request's header @param allowed names beside those of loopback, in small letters
 * @throws MedembedError "forbidden"
 */
export function refuseForeignNames(host: string | undefined, allowed: readonly string[]): void {
  if (host === undefined) return;
  const name = host.toLowerCase().replace(/:\d*$/, "");
  if (allowed.includes(name) || isLoopback(name.replace(/^\[(.*)\]$/, "$1"))) return;
  throw new MedembedError(
    "forbidden",
    "a server without keys answers to localhost, 127.0.0.1 and [::1], not to the name in the header Host: call it by one of these, " +
      "list the name under allowedHosts in the config, or set a key",
  );
}
