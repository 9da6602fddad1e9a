// Adds to package-lock.json the optional platform packages that the registry it was made against did not have: npm 11
// refuses a lock without them, and users on other systems need them. Run it after each `npm install`; `--check` only looks.
import { readFileSync, writeFileSync } from "node:fs";

const SYSTEMS = /(android|darwin|linux|win32|freebsd|openharmony|aix|sunos|netbsd|openbsd)/;
const PROCESSORS = /(arm64|x64|ia32|arm(?!64)|riscv64|ppc64|s390x|loong64)/;

const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
const added = {};
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(path, name)) continue;
    const system = SYSTEMS.exec(name)?.[1];
    const processor = PROCESSORS.exec(name)?.[1];
    added[`node_modules/${name}`] = {
      version: range.replace(/^[\^~]/, ""),
      ...(entry.dev && { dev: true }),
      optional: true,
      ...(system && { os: [system] }),
      ...(processor && { cpu: [processor] }),
    };
  }
}

/** Node looks for a package in the folder of its dependant and then in every folder above. */
function isLocked(dependant, name) {
  for (let folder = dependant; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    if (lock.packages[`${folder ? `${folder}/` : ""}node_modules/${name}`]) return true;
    if (folder === "") return false;
  }
}

const count = Object.keys(added).length;
if (process.argv.includes("--check")) {
  if (count > 0)
    console.error(`package-lock.json lacks ${count} platform packages: run node scripts/complete-lock.mjs`);
  process.exitCode = count > 0 ? 1 : 0;
} else if (count > 0) {
  const packages = Object.entries({ ...lock.packages, ...added }).sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(
    "package-lock.json",
    `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`,
  );
  console.log(`added ${count} platform packages`);
}
