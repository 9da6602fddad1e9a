import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { LIBRARY_COMMANDS } from "../../src/cli/library/commands.ts";
import { withElements } from "../formats/dicom/edit-dicom.ts";
import { DIRECT_CARD, golden, goldenFile, makeCheckpoint, temporaryFolder } from "../golden-small.ts";
import { medembed, parseLines, startMedembed } from "./run.ts";

const folder = await temporaryFolder();
const model = await makeCheckpoint(join(folder, "golden-small"), { card: DIRECT_CARD });
const key = join(folder, "identities.key");
const ENGINE = ["--model", model, "--cache", join(folder, "cache"), "--threads", "2", "--precision", "fp32"];
const COMMON = [...ENGINE, "--key", key];

const [one, two, three] = golden.images.map(({ file }) => goldenFile(file));
const ct = fileURLToPath(new URL("../../examples/dicom/ct-chest.dcm", import.meta.url));
const run = (args: readonly string[], options: Parameters<typeof medembed>[1] = {}) =>
  medembed(["library", ...args], { cwd: folder, ...options });

/** A folder with pictures, nested, PNG and DICOM. @returns its path */
async function makeStudy(name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, "sub"), { recursive: true });
  await copyFile(one, join(path, "a.png"));
  await copyFile(two, join(path, "sub/b.png"));
  await copyFile(ct, join(path, "sub/IM0001"));
  return path;
}

/** What most tests search in. */
const study = await makeStudy("study");
await run(["add", "study", "--library", "lib", "--label", "site=north", ...COMMON]);

test("a folder is added; failures are listed with reasons; the second time nothing is done", async () => {
  const path = await makeStudy("again");
  await writeFile(join(path, "half.png"), (await readFile(three)).subarray(0, 1_000));
  const args = ["add", "again", "--library", "again-lib", "--failures", "failed.jsonl", ...COMMON];
  const first = await run(args);
  assert.equal(first.code, 1);
  assert.match(first.stderr, /^failed: again.half\.png: ./m);
  assert.match(first.stderr, /^3 stored, 0 known, 1 failed, \d+\.\d s\n$/m);
  const [failure] = parseLines(await readFile(join(folder, "failed.jsonl"), "utf8"));
  assert.deepEqual([failure.path, failure.code], [join("again", "half.png"), "corrupt-image"]);
  await rm(join(path, "half.png"));
  const second = await run([...args, "--json"]);
  assert.equal(second.code, 0, second.stderr);
  assert.match(second.stderr, /^0 stored, 3 known, 0 failed/m);
  assert.deepEqual(
    parseLines(second.stdout).map(({ path, outcome }) => [path.replaceAll("\\", "/"), outcome]),
    ["again/a.png", "again/sub/IM0001", "again/sub/b.png"].map((path) => [path, "known"]),
  );
});

test("a search shows a table of neighbours with what their headers say", async () => {
  const { code, stdout, stderr } = await run(["search", "--library", "lib", "--image", one, ...COMMON]);
  assert.equal(code, 0, stderr);
  const [head, first, ...rest] = stdout.trimEnd().split("\n");
  assert.match(head, /^# +score +modality +anatomy +path +series$/);
  assert.match(first, /^1 +1\.0000 +- +- +.*a\.png +-$/);
  assert.equal(rest.length, 2);
  assert.match(rest.join("\n"), /^\d +-?0\.\d{4} +CT +\S+ +.*IM0001 +[0-9a-f]{8}$/m);
});

test("a text finds pictures, filters hold, and programs get JSON", async () => {
  const args = ["search", "--library", "lib", "--text", "ct chest", "--where", "modality=CT", "--json", ...COMMON];
  const [match, ...others] = parseLines((await run(args)).stdout);
  assert.deepEqual([others.length, match.rank, match.facts.modality, match.labels], [0, 1, "CT", { site: "north" }]);
  assert.equal(match.source, join(study, "sub/IM0001"));
});

test("the query's patient is left out, and one whom nobody knows is told", async () => {
  const other = join(folder, "other.dcm");
  const tag = { "00100020": ["LO", Buffer.from("ANOTHER ")] } as const;
  await writeFile(other, withElements(await readFile(ct), tag));
  const search = (image: string) =>
    run(["search", "--library", "lib", "--image", image, "--exclude-same-patient", "--json", ...COMMON]);
  const sources = async (image: string) =>
    parseLines((await search(image)).stdout)
      .map(({ source }) => source)
      .sort();
  const pictures = [join(study, "a.png"), join(study, "sub/b.png")];
  assert.deepEqual(await sources(ct), pictures);
  assert.deepEqual(await sources(other), [...pictures, join(study, "sub/IM0001")].sort());
  const { code, stderr } = await search(one);
  assert.equal(code, 2);
  assert.match(stderr, /needs an --image whose header names the patient/);
  const foreign = ["search", "--library", "lib", "--image", ct, "--exclude-same-patient", ...ENGINE];
  const refused = await run([...foreign, "--key", join(folder, "other.key")]);
  assert.match(refused.stderr, /under another key/);
});

test("a gallery is written where it is asked for", async () => {
  const args = [
    "search",
    "--library",
    "lib",
    "--text",
    "chest",
    "--gallery",
    "page.html",
    "--group",
    "0.99",
    ...COMMON,
  ];
  const { code, stderr } = await run(args);
  assert.deepEqual([code, stderr], [0, "gallery: page.html\n"]);
  const page = await readFile(join(folder, "page.html"), "utf8");
  assert.equal(page.match(/data:image\/jpeg;base64,/g)?.length, 3);
});

test("--open without a desktop tells where the gallery is, in a folder of the user's own", async () => {
  const env = { DISPLAY: undefined, WAYLAND_DISPLAY: undefined, TMPDIR: folder };
  const { stderr } = await run(["search", "--library", "lib", "--text", "chest", "--open", ...COMMON], { env });
  const [, path] = /^gallery: (.*neighbours\.html)\n$/.exec(stderr) ?? [];
  assert.match(await readFile(path, "utf8"), /^<!doctype html>/);
});

test("labels, export, import, verify, remove and compact do what they say", async () => {
  const stderrOf = async (args: readonly string[], expected = 0) => {
    const { code, stderr } = await run(args);
    assert.equal(code, expected, stderr);
    return stderr;
  };
  const path = await makeStudy("kept");
  const at = ["--library", "kept-lib"];
  await run(["add", "kept", "--label", "site=north", ...at, ...COMMON]);
  await writeFile(join(path, "labels.csv"), "path,finding\na.png,mass\nsub/IM0001,none\n");
  assert.equal(await stderrOf(["label", ...at, "--from", join(path, "labels.csv")]), "2 changed\n");
  const unset = ["label", ...at, "--where", "label.finding=mass", "--unset", "site", "--set", "read=A"];
  assert.equal(await stderrOf(unset), "1 changed\n");
  assert.equal(await stderrOf(["export", ...at, "--out", "all.parquet"]), "3 records\n");
  const shown = parseLines((await run(["export", ...at, "--where", "label.read=A"])).stdout);
  assert.deepEqual(
    shown.map((row) => [row["label.finding"], row["label.site"], row.vector.length]),
    [["mass", undefined, golden.images[0].embedding.length]],
  );
  assert.equal(await stderrOf(["import", "all.parquet", "--library", "copy"]), "3 stored, 0 failed\n");
  assert.equal(await stderrOf(["verify", "--library", "copy", "--files"]), "3 records, 0 with faults\n");
  assert.match(await stderrOf(["remove", "--library", "copy", "--where", "label.finding="]), /^1 removed/);
  await stderrOf(["compact", "--library", "copy", "--purge"]);
  const { stdout } = await run(["stats", "--library", "copy", "--json"]);
  const { records, labels, profile, files } = JSON.parse(stdout);
  assert.deepEqual(
    { records, labels, profile, files },
    { records: 2, labels: ["finding", "read", "site"], profile: "direct", files: 1 },
  );
  const inWords = await run(["stats", "--library", "copy"]);
  assert.match(inWords.stdout, /^records +2$/m);
  assert.match(inWords.stdout, /^index +none$/m);
  await rm(join(path, "sub/b.png"));
  const verified = await run(["verify", ...at, "--files"]);
  assert.deepEqual([verified.code, verified.stdout], [1, `gone: ${join(path, "sub/b.png")}\n`]);
  assert.match(await stderrOf(["remove", ...at, "--lost"]), /^1 removed/);
});

test("vectors of another profile are refused with both named, a search takes the library's own", async () => {
  const add = await run(["add", "study", "--library", "lib", "--profile", "mi2-service", ...COMMON]);
  assert.equal(add.code, 1);
  assert.match(
    add.stderr,
    /golden-small \(weights .*, profile direct, .*golden-small \(weights .*, profile mi2-service/,
  );
  const service = ["--library", "service", ...COMMON];
  await run(["add", one, "--profile", "mi2-service", ...service]);
  const { stdout } = await run(["search", "--image", one, "--json", ...service]);
  assert.ok(parseLines(stdout)[0].score > 0.9999);
});

/** Options as the parser hands them over. */
const USAGE: readonly [command: keyof typeof LIBRARY_COMMANDS, args: string[], options: object, message: RegExp][] = [
  ["add", ["study"], {}, /name the library: --library/],
  ["add", [], { library: "lib" }, /nothing to add: give a path or --dicomweb/],
  ["add", ["study"], { library: "lib", label: ["north"] }, /a label looks like finding=pneumonia/],
  [
    "add",
    [],
    { library: "lib", dicomweb: "http://127.0.0.1:1", query: ["Modality=CT"], watch: true },
    /--watch looks into folders/,
  ],
  ["search", [], { library: "lib" }, /give one thing to compare with: --image or --text/],
  ["search", [], { library: "lib", text: "a", image: "b" }, /give one thing to compare with/],
  ["search", [], { library: "lib", text: "a", top: "0" }, /--top 0 must be a whole number/],
  ["search", [], { library: "lib", text: "a", group: "2" }, /--group 2 must be a cosine/],
  ["search", [], { library: "lib", text: "a", where: ["x=1"] }, /the field x is unknown/],
  ["export", [], { library: "lib", out: "a.txt" }, /--out a\.txt: the name must end in/],
  ["remove", [], { library: "lib" }, /say which records go/],
  ["remove", [], { library: "lib", lost: true, where: ["id=a"] }, /say which records go/],
  ["label", [], { library: "lib" }, /say what to change/],
];

for (const [command, args, options, message] of USAGE) {
  test(`library ${[command, ...args, JSON.stringify(options)].join(" ")} makes no sense, and is told so`, async () => {
    const call = await LIBRARY_COMMANDS[command].load();
    const library = { library: join(folder, "lib") };
    await assert.rejects(call(args, { ...options, ...("library" in options && library) }), { code: "usage", message });
  });
}

test("what is not there is told, and nothing is made", async () => {
  const nowhere = join(folder, "nowhere");
  const calls: [command: keyof typeof LIBRARY_COMMANDS, args: string[], options: object][] = [
    ["search", [], { library: nowhere, text: "a" }],
    ["search", [], { library: join(folder, "lib"), image: `${nowhere}.png` }],
    ["stats", [], { library: nowhere }],
    ["import", [`${nowhere}.csv`], { library: nowhere }],
  ];
  for (const [command, args, options] of calls) {
    const call = await LIBRARY_COMMANDS[command].load();
    await assert.rejects(call(args, { ...options }), { code: "not-found", message: /nowhere/ });
  }
  const { code, stderr } = await run(["stats", "--library", "nowhere"]);
  assert.deepEqual([code, stderr], [1, "medembed: there is no library at nowhere; adding to it makes one\n"]);
  assert.ok(!(await readdir(folder)).includes("nowhere"));
});

// These wait for a running process most of the time, so both at once.
describe("a process that goes on", { concurrency: true }, () => {
  test("after kill -9 in the midst of it the same command goes on, and stores every picture once", async () => {
    const pictures = join(folder, "many");
    await mkdir(pictures);
    const source = await readFile(one);
    const names = Array.from({ length: 90 }, (_, i) => join(pictures, `${i}.png`));
    for (const [i, name] of names.entries()) await writeFile(name, withText(source, `picture ${i}`));
    const child = startMedembed(["library", "add", "-", "--library", "killed", "--json", ...COMMON], { cwd: folder });
    child.stdin.write(`${names.slice(0, 30).join("\n")}\n`);
    const told: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      told.push(JSON.parse(line).path);
      if (told.length < 30) continue;
      child.stdin.write(`${names.slice(30).join("\n")}\n`);
      setTimeout(() => child.kill("SIGKILL"), Math.random() * 1_000);
    }
    if (child.signalCode === null) await once(child, "exit");
    assert.equal(child.signalCode, "SIGKILL");
    const again = await run(["add", pictures, "--library", "killed", "--json", ...COMMON]);
    assert.equal(again.code, 0, again.stderr);
    const outcomes = new Map(parseLines(again.stdout).map(({ path, outcome }) => [path, outcome]));
    assert.equal(outcomes.size, 90);
    for (const path of told) assert.equal(outcomes.get(path), "known", path);
    const verified = await run(["verify", "--library", "killed", "--files"]);
    assert.deepEqual([verified.code, verified.stderr], [0, "90 records, 0 with faults\n"]);
  });

  test("--watch takes files that come later, and none before it is complete, until it is told to stop", async () => {
    const incoming = join(folder, "incoming");
    await mkdir(incoming);
    await copyFile(one, join(incoming, "1.png"));
    const child = startMedembed(["library", "add", incoming, "--library", "watched", "--watch", "--json", ...COMMON], {
      cwd: folder,
    });
    const later = await readFile(two);
    const told: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      const { path, outcome } = JSON.parse(line);
      told.push(`${path.slice(incoming.length + 1)} ${outcome}`);
      if (told.length === 1) {
        await writeFile(join(incoming, "2.png"), later.subarray(0, 1_000));
        await writeFile(join(incoming, "2.png"), later);
      } else child.kill("SIGINT");
    }
    const code = child.exitCode ?? (await once(child, "exit"))[0];
    assert.deepEqual([code, told], [0, ["1.png stored", "2.png stored"]]);
  });
});

/** The same picture in other bytes: a PNG with a text chunk behind its header (PNG specification 11.3.4.3). */
function withText(png: Buffer, text: string): Buffer {
  const HEADER_END = 33;
  const content = Buffer.concat([Buffer.from("tEXtComment\0"), Buffer.from(text)]);
  const chunk = Buffer.alloc(4 + content.length + 4);
  chunk.writeUInt32BE(content.length - 4);
  content.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(content), 4 + content.length);
  return Buffer.concat([png.subarray(0, HEADER_END), chunk, png.subarray(HEADER_END)]);
}

/** Of the PNG specification, annex D. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
