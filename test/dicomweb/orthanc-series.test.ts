import assert from "node:assert/strict";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { remoteSeries } from "../../src/cli/remote-series.ts";
import { DicomWebSource, type InstanceAddress } from "../../src/dicomweb/dicomweb-source.ts";
import { findSeries } from "../../src/preparation/find-series.ts";
import { medembed, parseLines } from "../cli/run.ts";
import { writeSlice } from "../formats/dicom/series/write-series.ts";
import { DIRECT_CARD, makeCheckpoint, temporaryFolder } from "../golden-small.ts";
import { isOrthancInstalled, startOrthanc } from "./orthanc.ts";

const STUDY = "1.2.826.0.1.3680043.8.498.7";
const SERIES = [`${STUDY}.1`, `${STUDY}.2`];

/** Numbered against the order in which they lie. */
function slice(number: number, series: string): Uint8Array {
  const values = Array.from({ length: 120 }, (_, i) => (i * 31 * number) % 500);
  const more = {
    "00080016": ["UI", "1.2.840.10008.5.1.4.1.1.2"],
    "00080060": ["CS", "CT"],
    "00100020": ["LO", "SOMEBODY"],
    "0020000d": ["UI", STUDY],
  } as const;
  return writeSlice(values, { columns: 12, rows: 10, number, series, position: [0, 0, -number], more });
}

if (!isOrthancInstalled) {
  test("series of a real DICOMweb server are embedded where one is installed", {
    skip: "orthanc and orthanc-dicomweb are not",
  }, () => {});
} else {
  const orthanc = await startOrthanc();
  const numbers = Array.from({ length: 12 }, (_, i) => i + 1);
  await orthanc.store(numbers.map((number) => slice(number, SERIES[0])));
  await orthanc.store([1, 2, 4].map((number) => slice(number, SERIES[1])));

  const folder = await temporaryFolder();
  const model = await makeCheckpoint(join(folder, "golden-small"), { card: DIRECT_CARD });
  const ENGINE = ["--model", model, "--cache", join(folder, "cache"), "--precision", "fp32", "--threads", "1"];
  const SERVER = ["--dicomweb", orthanc.url, "--study", STUDY, "--per", "series"];
  const temporary = join(folder, "temporary");
  const env = {
    MEDEMBED_DICOMWEB_USER: orthanc.credentials.user,
    MEDEMBED_DICOMWEB_PASSWORD: orthanc.credentials.password,
    TMPDIR: temporary,
  };
  await mkdir(temporary);
  const leftBehind = async () => (await readdir(temporary)).filter((name) => name.startsWith("medembed-"));
  const run = (...args: readonly string[]) => medembed([...args, ...ENGINE], { cwd: folder, env });
  for (const series of SERIES) await mkdir(join(folder, "files", series), { recursive: true });
  for (const number of numbers) {
    await writeFile(join(folder, "files", SERIES[0], `${number}.dcm`), slice(number, SERIES[0]));
  }
  for (const number of [1, 2, 4]) {
    await writeFile(join(folder, "files", SERIES[1], `${number}.dcm`), slice(number, SERIES[1]));
  }

  test("embed gives each series the vector that its files give, and leaves no file behind", async () => {
    const remote = await run("embed", ...SERVER);
    assert.equal(remote.code, 0, remote.stderr);
    const local = await run("embed", "files", "--per", "series");
    const vectors = (stdout: string) => parseLines(stdout).map(({ vector }) => vector.join());
    assert.deepEqual(vectors(remote.stdout).sort(), vectors(local.stdout).sort());
    assert.deepEqual(
      parseLines(remote.stdout)
        .map(({ id, kind }) => `${kind} ${id}`)
        .sort(),
      SERIES.map((series) => `volume studies/${STUDY}/series/${series}`),
    );
    assert.match(remote.stderr, /^note: series \d: 1 of 3 slices are followed by a gap; about 1 are missing$/m);
    assert.doesNotMatch(remote.stderr, /1\.2\.826|SOMEBODY/);
    assert.deepEqual(await leftBehind(), []);
  });

  test("slices have the addresses of their files, in the order in which they lie", async () => {
    const { stdout } = await run("embed", ...SERVER, "--aggregate", "none", "--slices", "2");
    const ids = parseLines(stdout).map(({ id }) => id);
    const address = (series: string, number: number) =>
      `studies/${STUDY}/series/${series}/instances/${series}.${number}`;
    assert.deepEqual(
      ids.filter((id) => id.includes(`${SERIES[0]}/`)),
      [7, 6].map((n) => address(SERIES[0], n)),
    );
    assert.deepEqual(
      ids.filter((id) => id.includes(`${SERIES[1]}/`)),
      [4, 2].map((n) => address(SERIES[1], n)),
    );
  });

  test("a library has each series once, and does not fetch it again until it has another slice", async () => {
    const at = ["--library", "lib", "--key", "identities.key"];
    const first = await run("library", "add", ...SERVER, ...at);
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stderr, /^2 stored, 0 known, 0 failed/m);
    assert.match((await run("library", "add", ...SERVER, ...at)).stderr, /^0 stored, 2 known, 0 failed/m);
    const files = await run("library", "add", "files", "--per", "series", ...at);
    assert.match(files.stderr, /^0 stored, 2 known, 0 failed/m, "the same contents from elsewhere");
    await orthanc.store([slice(3, SERIES[1])]);
    assert.match((await run("library", "add", ...SERVER, ...at)).stderr, /^1 stored, 1 known, 0 failed/m);
    const { stdout } = await run("library", "search", "--image", join("files", SERIES[0]), "--json", ...at);
    const found = parseLines(stdout);
    assert.deepEqual(
      found.map(({ slices, facts }) => [slices, facts.modality]),
      [
        [12, "CT"],
        [4, "CT"],
      ],
    );
    assert.ok(found[0].score > 0.999999);
    assert.match(found[0].source, /^dicomweb:[0-9a-f]+$/);
    assert.deepEqual(await leftBehind(), []);
  });

  test("a file that cannot be had is told, and the others are lent", async () => {
    const source = new DicomWebSource({ url: orthanc.url, credentials: orthanc.credentials });
    async function* found(): AsyncGenerator<InstanceAddress> {
      for (const number of [1, 99, 2]) {
        yield { study: STUDY, series: SERIES[0], instance: `${SERIES[0]}.${number}` };
      }
    }
    for await (const { lend } of remoteSeries(source, found(), new AbortController().signal)) {
      await lend({ findSeries: (paths) => findSeries({ paths }) }, async ({ series, failed, isComplete, nameOf }) => {
        assert.deepEqual(
          [series.slices.map(nameOf), isComplete],
          [["instance 3 of series 1", "instance 1 of series 1"], false],
        );
        assert.deepEqual(
          failed.map(({ name, error }) => [name, error.code]),
          [["instance 2 of series 1", "not-found"]],
        );
      });
    }
  });
}
