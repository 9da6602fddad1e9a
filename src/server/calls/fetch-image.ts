import { lookup } from "node:dns/promises";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { LookupFunction } from "node:net";
import { MedembedError } from "../../errors.ts";
import type { ImageUrls } from "../image-urls.ts";
import { isPublicAddress } from "../public-address.ts";

/** Longer ones are attempts at something else. */
const MAX_URL_LENGTH = 4096;
/** From a short name over a gateway to a store; more is a loop. */
const MAX_REDIRECTS = 3;
const REDIRECTS: ReadonlySet<number | undefined> = new Set([301, 302, 303, 307, 308]);

interface HostAddress {
  readonly address: string;
  readonly family: number;
}
/** All addresses of a host. */
export type Resolve = (host: string) => Promise<readonly HostAddress[]>;

export interface FetchOptions {
  /** Aborted with the MedembedError to fail with. */
  readonly signal: AbortSignal;
  /** Told of the bytes as they arrive; may throw to refuse them. */
  readonly reserve: (bytes: number) => void;
}

/** @throws MedembedError "url-refused", "image-too-large", the signal's reason; none of them holds the address */
export type FetchImage = (url: string, options: FetchOptions) => Promise<Uint8Array<ArrayBuffer>>;

/**
 * Fetches images from the hosts allowed. A host's addresses are looked up once and checked, and the connection is made to
 * those: a name that changes its address in between leads nowhere else.
 */
export function imageFetcher(urls: ImageUrls, resolve: Resolve = (host) => lookup(host, { all: true })): FetchImage {
  return async (url, { signal, reserve }) => {
    const timeout = AbortSignal.timeout(urls.timeoutMs);
    const either = AbortSignal.any([signal, timeout]);
    try {
      const response = await follow(url, urls, resolve, either);
      return await readBytes(response, urls.maxBytes, reserve);
    } catch (error) {
      signal.throwIfAborted();
      if (timeout.aborted) throw refused(`it did not come within ${urls.timeoutMs} ms`);
      if (error instanceof MedembedError) throw error;
      throw refused(`it cannot be fetched: ${(error as NodeJS.ErrnoException).code ?? "unknown reason"}`);
    }
  };
}

/** The answer at the end of the redirects, each of which must be allowed itself. */
async function follow(start: string, urls: ImageUrls, resolve: Resolve, signal: AbortSignal): Promise<IncomingMessage> {
  let url = parse(start);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    if (!urls.origins.includes(url.origin)) throw refused("its host is not one of those allowed");
    const response = await get(url, await addressesOf(url, urls, resolve, signal), signal);
    const { statusCode, headers } = response;
    if (statusCode === 200) return response;
    response.destroy();
    if (!REDIRECTS.has(statusCode)) throw refused(`its host answers ${statusCode}`);
    url = parse(headers.location ?? "", url.href);
  }
  throw refused(`it leads to more than ${MAX_REDIRECTS} others`);
}

function parse(text: string, base?: string): URL {
  const url = text.length <= MAX_URL_LENGTH && URL.canParse(text, base) ? new URL(text, base) : undefined;
  if (!url) throw refused("it is no address");
  if (url.username !== "" || url.password !== "") throw refused("it holds a name or a password");
  return url;
}

async function addressesOf(
  { hostname }: URL,
  { allowPrivate }: ImageUrls,
  resolve: Resolve,
  signal: AbortSignal,
): Promise<readonly HostAddress[]> {
  const left = new Promise<never>((_, reject) => {
    signal.throwIfAborted();
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  const addresses = await Promise.race([resolve(hostname.replace(/^\[|\]$/g, "")), left]);
  if (addresses.length === 0) throw refused("its host has no address");
  if (!allowPrivate && !addresses.every(({ address }) => isPublicAddress(address))) {
    throw refused("its host is not in the public network");
  }
  return addresses;
}

/** @param addresses instead of those that the host may have by now */
function get(url: URL, addresses: readonly HostAddress[], signal: AbortSignal): Promise<IncomingMessage> {
  const lookUp: LookupFunction = (_host, { all }, give) => {
    if (all) give(null, [...addresses]);
    else give(null, addresses[0].address, addresses[0].family);
  };
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    request(url, {
      agent: false, // a connection of its own
      lookup: lookUp,
      signal,
      headers: { accept: "*/*", "accept-encoding": "identity", "user-agent": "medembed" },
    })
      .on("response", resolve)
      .on("error", reject)
      .end();
  });
}

async function readBytes(
  response: IncomingMessage,
  maxBytes: number,
  reserve: (bytes: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(response.headers["content-length"] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  if ((response.headers["content-encoding"] ?? "identity") !== "identity")
    throw refused("its host packs what it sends");
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    length += chunk.length;
    if (length > maxBytes) throw tooLarge(maxBytes);
    reserve(chunk.length);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length); // of its own: it may be transferred to another thread
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function refused(reason: string): MedembedError {
  return new MedembedError("url-refused", `the address is refused: ${reason}`);
}

function tooLarge(maxBytes: number): MedembedError {
  return new MedembedError("image-too-large", `the image at the address is larger than the ${maxBytes} bytes allowed`);
}
