import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../golden-small.ts";
import { medembed, parseLines } from "./run.ts";

const root = join(import.meta.dirname, "../..");
const folder = await temporaryFolder();
const facts = (...args: string[]) => medembed(["facts", ...args], { cwd: root });

test("facts shows what of each file would travel, one JSON line each, in order", async () => {
  const { code, stdout, stderr } = await facts("examples/dicom", "examples/images/ct-head.png");
  assert.equal(code, 0, stderr);
  const lines = parseLines(stdout);
  assert.deepEqual(
    lines.map(({ id, facts: { modality } }) => [id.replaceAll("\\", "/"), modality]),
    [
      ["examples/dicom/ct-chest.dcm", "CT"],
      ["examples/dicom/mr-head-jpeg-ls.dcm", "MR"],
      ["examples/dicom/mr-head.dcm", "MR"],
      ["examples/images/ct-head.png", undefined],
    ],
  );
  assert.deepEqual(lines[3].facts, {});
  assert.equal(lines[1].facts.patient, lines[2].facts.patient);
  assert.match(stderr, /^hashes are made with a key for this run alone; --key <file> keeps one\n4 files, 0 failed, /);
});

test("hashes are the same in every run with one key, and others in a run without", async () => {
  const key = ["--key", join(folder, "identities.key")];
  const patient = async (...args: string[]) =>
    parseLines((await facts("examples/dicom/mr-head.dcm", ...args)).stdout)[0].facts.patient;
  const [first, second, alone] = [await patient(...key), await patient(...key), await patient()];
  assert.match(first, /^[0-9a-f]{32}$/);
  assert.equal(first, second);
  assert.notEqual(first, alone);
});

test("identities as they are stand there only for whoever asks", async () => {
  const { stdout } = await facts("examples/dicom/mr-head.dcm", "--plain-ids");
  assert.equal(parseLines(stdout)[0].facts.patient, "4MR1");
});

test("a file that is missing, and a frame, are reported and the rest is shown", async () => {
  const { code, stdout, stderr } = await facts("examples/dicom/mr-head.dcm", "nowhere.dcm", "--frame", "1");
  assert.equal(code, 1);
  assert.equal(parseLines(stdout).length, 1);
  assert.match(stderr, /^failed: nowhere\.dcm: no such file$/m);
  assert.match(stderr, /^1 files, 1 failed, /m);
  const second = await facts("examples/dicom/mr-head.dcm", "--frame", "2");
  assert.match(second.stderr, /^failed: examples.*: frame 2 is asked for, the DICOM file has 1$/m);
});

test("options that make no sense are refused", async () => {
  for (const [args, message] of [
    [["--key", "a", "--plain-ids"], /either --key, which hashes, or --plain-ids/],
    [["--frame", "0"], /--frame 0 must be a whole number from 1/],
    [[], /missing required argument 'paths'/],
  ] as const) {
    const paths = args.length > 0 ? ["examples/dicom"] : [];
    const { code, stdout, stderr } = await facts(...paths, ...args);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, message);
  }
});

test("the line that the docs show is what the command prints", async () => {
  const docs = await readFile(join(root, "docs/dicom.md"), "utf8");
  const [, command, shown] = /^ {4}medembed (facts examples\/dicom\/\S+)\n\n```json\n(.*)\n```$/m.exec(docs) ?? [];
  const { stdout } = await medembed(command.split(" "), { cwd: root });
  const hidden = (line: string) => line.replace(/"[0-9a-f]{8}(…|[0-9a-f]{24})"/g, '"…"');
  assert.equal(hidden(shown), hidden(stdout.trim()));
});
