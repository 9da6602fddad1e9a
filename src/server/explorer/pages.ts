import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import type { Page } from "../openapi/pages.ts";

/** Where `npm run build` puts the page; beside the built server, and for the sources in `dist`, too. */
const FOLDER = new URL("../../../dist/web/", import.meta.url);

/** Nothing from elsewhere, nothing inline; `blob:` for pictures, which are fetched with the key. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** The explorer's files by path, as they were at the start: each stands here by its name, so no path can lead elsewhere. */
export const EXPLORER_PAGES: Readonly<Record<string, Page>> = existsSync(FOLDER)
  ? {
      "/": page("index.html", "no-cache"),
      // The name of an asset has the hash of its content: it never changes.
      ...Object.fromEntries(
        readdirSync(new URL("assets/", FOLDER)).map((name) => [
          `/assets/${name}`,
          page(`assets/${name}`, "public, max-age=31536000, immutable"),
        ]),
      ),
    }
  : {};

function page(path: string, cacheControl: string): Page {
  const content = readFileSync(new URL(path, FOLDER));
  return {
    headers: {
      "content-type": CONTENT_TYPES[extname(path)],
      "cache-control": cacheControl,
      "content-security-policy": CONTENT_SECURITY_POLICY,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
    },
    read: async () => content,
  };
}
