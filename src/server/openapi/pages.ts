import { readFile } from "node:fs/promises";
import { openApiDocument } from "./document.ts";
import { ROUTES } from "./routes.ts";

/** What is read with GET by everyone: it holds nothing that the package on the registry does not. */
export interface Page {
  readonly headers: Readonly<Record<string, string>>;
  readonly read: () => Promise<Buffer | string>;
}

/** Nothing from elsewhere, nothing inline; `data:` for the icons in the style sheet. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The folder of Swagger UI as it is meant for browsers. */
const SWAGGER_UI = new URL("static/", import.meta.resolve("@fastify/swagger-ui/package.json"));

/** Addresses are relative, so that the page also works below another path of a proxy. */
const INDEX = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>medembed API</title>
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;
const START = `SwaggerUIBundle({ url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null });\n`;

const documentation = JSON.stringify(openApiDocument(ROUTES));

/** By path. Each stands here by its name, so no path can lead elsewhere. */
export const PAGES: Readonly<Record<string, Page>> = {
  "/openapi.json": page("application/json; charset=utf-8", async () => documentation),
  "/swagger.json": page("application/json; charset=utf-8", async () => documentation), // as the cloud's clients ask for it
  "/docs": page("text/html; charset=utf-8", async () => INDEX),
  "/docs/start.js": page("text/javascript; charset=utf-8", async () => START),
  "/docs/swagger-ui-bundle.js": page("text/javascript; charset=utf-8", () => asset("swagger-ui-bundle.js")),
  "/docs/swagger-ui.css": page("text/css; charset=utf-8", () => asset("swagger-ui.css")),
  "/docs/favicon-32x32.png": page("image/png", () => asset("favicon-32x32.png")),
};

function page(contentType: string, read: Page["read"]): Page {
  return {
    headers: {
      "content-type": contentType,
      "content-security-policy": CONTENT_SECURITY_POLICY,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    },
    read,
  };
}

/** Read when asked for: a page that is rarely opened need not stay in memory. */
function asset(name: string): Promise<Buffer> {
  return readFile(new URL(name, SWAGGER_UI));
}
