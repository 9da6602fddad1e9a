// Runs TypeScript, and takes "medembed/client" from the source instead of from what was built last.
import { register } from "node:module";
import "../../scripts/tsx.mjs";

const SOURCE = new URL("../../src/client/index.ts", import.meta.url).href;
register(
  `data:text/javascript,${encodeURIComponent(`
  export const resolve = (specifier, context, next) => next(specifier === "medembed/client" ? "${SOURCE}" : specifier, context);
`)}`,
);
