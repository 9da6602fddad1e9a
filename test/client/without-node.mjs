// Scores rows, then prepares a picture, in a place like a browser: files of the source find no module but each other, and none of Node's globals.
// Usage: without-node.mjs ENDPOINT [another module of the source to load]
import { register } from "node:module";

register(
  `data:text/javascript,${encodeURIComponent(`
  export const resolve = (specifier, context, next) => {
    if (context.parentURL?.includes("/src/") && !specifier.startsWith(".")) throw new Error("imports " + specifier);
    return next(specifier, context);
  };
`)}`,
);
const [, , endpoint, other] = process.argv;
for (const name of ["process", "Buffer", "global", "setImmediate", "clearImmediate"]) {
  const value = globalThis[name];
  const get = () => {
    const [, , caller] = new Error().stack.split("\n");
    if (caller.includes("/src/")) throw new Error(`uses ${name}`);
    return value; // Node's own fetch needs some of them
  };
  Object.defineProperty(globalThis, name, { get });
}

// As on a page whose content security policy forbids it.
WebAssembly.Module = class {
  constructor() {
    throw new WebAssembly.CompileError("refused");
  }
};

if (other) await import(other);
const { MedembedClient, prepareImage } = await import("../../src/client/index.ts");
const client = new MedembedClient({ endpoint, key: "a-key", prepare: (bytes) => bytes, retries: 0 });
const image = new Blob([Uint8Array.of(1, 2, 3)]);
const rows = [{ text: "chest" }, { image, text: "head" }, { text: "bad" }];
for await (const { index, result, error } of client.scoreAll(rows)) {
  console.log(
    JSON.stringify([index, result ? { text: [...result.text], image: [...(result.image ?? [])] } : error.kind]),
  );
}

const picture = { width: 3, height: 2, data: Uint8ClampedArray.of(0, 10, 20, 30, 40, 50) };
for (const recipe of ["toolkit-480", "mcp-512-jpeg"]) {
  const file = await prepareImage(picture, recipe, { encodeJpeg: ({ data }) => data });
  console.log(JSON.stringify([recipe, ...file.subarray(0, 4)]));
}
