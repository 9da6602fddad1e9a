import assert from "node:assert/strict";
import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { COMMANDS, GROUPS } from "../../src/cli/commands.ts";
import { DIRECT_CARD, golden, goldenFile, goldenImages, makeCheckpoint, temporaryFolder } from "../golden-small.ts";
import { medembed, parseLines } from "./run.ts";

const folder = await temporaryFolder();
const cache = join(folder, "cache");
const model = await makeCheckpoint(join(folder, "golden-small"), { card: DIRECT_CARD });
const picture = goldenFile(golden.images[0].file);

/** The reference's vectors in the form that a checkpoint carries them. */
const KNOWN = {
  source: "the public reference code",
  profile: "direct",
  tolerance: 5e-6,
  images: [{ png: goldenImages[2].toString("base64"), vector: golden.images[2].embedding }],
  texts: [{ text: golden.texts[1].text, vector: golden.texts[1].embedding }],
};
const known = await makeCheckpoint(join(folder, "known"), { card: DIRECT_CARD });
await writeFile(join(known, "golden.json"), JSON.stringify(KNOWN));

const members = Object.entries(GROUPS).flatMap(([group, { commands }]) =>
  Object.entries(commands).map(([name, spec]) => [`${group} ${name}`, spec] as const),
);

for (const [name, { summary, examples, options }] of [...Object.entries(COMMANDS), ...members]) {
  test(`${name} --help shows what it does, every option, and examples`, async () => {
    const { code, stdout, stderr } = await medembed([...name.split(" "), "--help"]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.ok(stdout.replace(/\s+/g, " ").includes(summary));
    for (const { flags } of options) assert.ok(stdout.includes(flags), flags);
    assert.ok(examples.length > 0);
    for (const example of examples) {
      assert.ok(stdout.includes(example), example);
      assert.match(example, new RegExp(`medembed ${name}\\b`));
    }
  });
}

test("the help lists all commands; the version is that of the package", async () => {
  const help = await medembed(["--help"]);
  for (const name of Object.keys({ ...COMMANDS, ...GROUPS })) assert.match(help.stdout, new RegExp(`^ +${name} `, "m"));
  const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
  assert.deepEqual(await medembed(["--version"]), { code: 0, stdout: `${version}\n`, stderr: "" });
});

test("an unknown command, a missing argument and no command at all are usage errors", async () => {
  for (const args of [["embedd"], ["tokenize"], ["convert"], []]) {
    const { code, stdout, stderr } = await medembed(args);
    assert.equal(code, 2, args.join(" "));
    assert.equal(stdout, "");
    assert.notEqual(stderr, "");
  }
});

test("tokenize shows each text with its ids", async () => {
  const texts = [golden.texts[1], golden.texts[0]];
  const { code, stdout } = await medembed([
    "tokenize",
    ...texts.map(({ text }) => text),
    "--model",
    model,
    "--cache",
    cache,
  ]);
  assert.equal(code, 0);
  assert.deepEqual(
    parseLines(stdout),
    texts.map(({ text, input_ids, length }) => ({ text, ids: input_ids.slice(0, length) })),
  );
});

test("convert writes a bundle that embeds like its checkpoint, and can be moved", async () => {
  const out = join(folder, "bundle");
  const converted = await medembed(["convert", model, "--out", out, "--precision", "int8", "--cache", cache]);
  assert.equal(converted.code, 0, converted.stderr);
  assert.equal(converted.stdout, "");
  const moved = join(folder, "moved");
  await cp(out, moved, { recursive: true });
  await rm(out, { recursive: true });

  const fromBundle = await medembed(["embed", picture, "--text", "chest", "--model", moved]);
  const fromCheckpoint = await medembed([
    "embed",
    picture,
    "--text",
    "chest",
    "--model",
    model,
    "--precision",
    "int8",
    "--cache",
    cache,
  ]);
  assert.equal(fromBundle.code, 0, fromBundle.stderr);
  assert.equal(fromBundle.stdout, fromCheckpoint.stdout);

  const wrong = await medembed(["embed", picture, "--model", moved, "--precision", "fp32"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /was built as int8; convert its checkpoint again for fp32/);
});

test("convert refuses a place that is taken, and a missing one; a broken checkpoint leaves nothing", async () => {
  const taken = await medembed(["convert", model, "--out", folder, "--cache", cache]);
  assert.deepEqual([taken.code, taken.stderr], [2, `medembed: ${folder} exists already\n`]);
  const nowhere = await medembed(["convert", model, "--cache", cache]);
  assert.deepEqual([nowhere.code, nowhere.stderr], [2, "medembed: convert needs --out <folder>\n"]);
  const broken = await makeCheckpoint(join(folder, "broken"), { weights: "subset.legacy.pt" });
  const failed = await medembed(["convert", broken, "--out", join(folder, "out/bundle"), "--cache", cache]);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /^medembed: the weights do not fit config\.yaml: /);
  assert.deepEqual(await readdir(join(folder, "out")), []);
});

for (const precision of ["fp32", "int8"]) {
  test(`verify recomputes the vectors that a checkpoint carries (${precision})`, async () => {
    const { code, stdout } = await medembed(["verify", known, "--precision", precision, "--cache", cache, "--json"]);
    const { isGood, checks, ...facts } = JSON.parse(stdout);
    assert.deepEqual([facts.model, facts.precision], ["golden-small", precision]);
    assert.deepEqual(
      checks.map(({ check }: { check: string }) => check),
      [
        "files match the hashes of the card",
        "golden image 1 (the public reference code)",
        "golden text 1 (the public reference code)",
      ],
    );
    if (precision === "fp32") assert.deepEqual([code, isGood], [0, true], stdout);
    else assert.equal(code, isGood ? 0 : 1); // random weights so narrow need not survive int8
  });
}

test("verify fails a model whose vectors are not the known ones", async () => {
  const other = await makeCheckpoint(join(folder, "other"), { card: DIRECT_CARD });
  const vector = golden.texts[1].embedding.with(3, golden.texts[1].embedding[3] + 1e-5);
  await writeFile(join(other, "golden.json"), JSON.stringify({ ...KNOWN, texts: [{ ...KNOWN.texts[0], vector }] }));
  const { code, stdout } = await medembed(["verify", other, "--precision", "fp32", "--cache", cache]);
  assert.equal(code, 1);
  assert.match(stdout, /^ok {3}files match/m);
  assert.match(stdout, /^ok {3}golden image 1 /m);
  assert.match(stdout, /^FAIL golden text 1 .*: largest difference 1\.0e-5, /m);
});

test("verify without known vectors checks the files and says so", async () => {
  const { code, stdout } = await medembed(["verify", model, "--cache", cache]);
  assert.equal(code, 0);
  assert.match(stdout, /no vectors are known for this model; only its files were checked/);
});

for (const name of ["image.onnx", "text.onnx.data", "merges.txt"]) {
  test(`verify finds a flipped byte in ${name}`, async () => {
    const out = join(folder, `flipped-${name}`);
    await medembed(["convert", model, "--out", out, "--cache", cache]);
    const bytes = await readFile(join(out, name));
    bytes[bytes.length >> 1] ^= 1;
    await writeFile(join(out, name), bytes);
    const { code, stdout, stderr } = await medembed(["verify", out]);
    assert.deepEqual([code, stderr], [1, ""]);
    assert.ok(stdout.endsWith(`FAIL files match the hashes of the card: changed: ${name}\n`), stdout);
  });
}

test("doctor tells what there is and what will be used", async () => {
  const { code, stdout } = await medembed(["doctor", "--json", "--model", model, "--cache", cache]);
  assert.equal(code, 0);
  const findings = JSON.parse(stdout);
  assert.deepEqual([findings.node, findings.cacheFolder, findings.cacheWritable], [process.version, cache, true]);
  assert.deepEqual([findings.model, findings.precision], [model, "fp32"]);
  assert.ok(findings.cores >= 1);
  const inWords = await medembed(["doctor", "--model", model, "--cache", cache]);
  for (const name of Object.keys(findings)) assert.match(inWords.stdout, new RegExp(`^${name} +\\S`, "m"));
});

test("doctor's exit code tells of a cache that cannot be written; the environment names it, too", async () => {
  const { code, stdout } = await medembed(["doctor", "--json"], {
    env: { MEDEMBED_CACHE: join(picture, "inside-a-file") },
  });
  assert.deepEqual([code, JSON.parse(stdout).cacheWritable], [1, false]);
});

test("models lists what ships, as text and as JSON", async () => {
  const [card] = JSON.parse((await medembed(["models", "--json"])).stdout);
  assert.deepEqual([card.name, card.isDefault], ["medembed-nano", true]);
  assert.ok(card.weightsBytes > 1e6);
  const { code, stdout } = await medembed(["models"]);
  assert.equal(code, 0);
  assert.match(stdout, /^medembed-nano \(default\), \d+\.\d MB of weights\n/);
  assert.match(stdout, /^ {2}licence: \S/m);
  assert.doesNotMatch(stdout, /\[object Object\]|undefined/);
});

test("a model that does not exist is told in one line, whatever the command", async () => {
  for (const args of [
    ["embed", "--text", "a", "--model", "nowhere"],
    ["verify", "nowhere"],
    ["doctor", "--model", "nowhere"],
  ]) {
    const { code, stdout, stderr } = await medembed(args);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /^medembed: no model "nowhere": neither a folder nor one of medembed-nano\n$/);
  }
});
