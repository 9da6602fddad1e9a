// Builds the explorer from web/ into dist/web: one page, and beside it assets whose names have the hashes of their contents.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { build } from "esbuild";

const OUT = "dist/web";

await rm(OUT, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: { explorer: "web/src/main.tsx", style: "web/src/styles/index.css", icon: "web/icon.svg" },
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["es2022", "chrome111", "firefox115", "safari16.4"],
  minify: true,
  jsx: "automatic",
  jsxImportSource: "preact",
  loader: { ".svg": "copy" },
  outdir: `${OUT}/assets`,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  metafile: true,
  logLevel: "warning",
});

const outputs = Object.entries(metafile.outputs);
const assetOf = (entry) => {
  const [path] = outputs.find(([, { entryPoint, inputs }]) => (entryPoint ?? Object.keys(inputs)[0]) === entry);
  return `assets/${basename(path)}`; // relative, so that the page also works below another path of a proxy
};
const page = (await readFile("web/index.html", "utf8"))
  .replace("{{icon}}", assetOf("web/icon.svg"))
  .replace("{{style}}", assetOf("web/src/styles/index.css"))
  .replace("{{script}}", assetOf("web/src/main.tsx"));
await mkdir(OUT, { recursive: true });
await writeFile(`${OUT}/index.html`, page);
