import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { DicomWebSource, type InstanceAddress, type Selection } from "../../src/dicomweb/dicomweb-source.ts";
import { readDicom } from "../../src/formats/dicom/read-dicom.ts";
import { medembed, parseLines } from "../cli/run.ts";
import { withElements } from "../formats/dicom/edit-dicom.ts";
import { type Elements, writePicture } from "../formats/dicom/write-dicom.ts";
import { DIRECT_CARD, makeCheckpoint, temporaryFolder } from "../golden-small.ts";
import { isOrthancInstalled, startOrthanc } from "./orthanc.ts";

const example = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../examples/dicom/${name}`, import.meta.url)));
const [STUDY, SERIES] = ["1.2.826.0.1.3680043.8.498.1", "1.2.826.0.1.3680043.8.498.2"];
const MR_STUDY = "1.3.6.1.4.1.5962.1.2.4.20040826185059.5457";
/** More than a page. */
const SLICES = 130;

function slice(number: number): Uint8Array {
  const elements: Elements = {
    "00080016": ["UI", "1.2.840.10008.5.1.4.1.1.4"],
    "00080018": ["UI", `${SERIES}.${number}`],
    "00080060": ["CS", "MR"],
    "00100020": ["LO", "SLICES"],
    "0020000d": ["UI", STUDY],
    "0020000e": ["UI", SERIES],
    "00200013": ["IS", String(number)],
  };
  return writePicture([number, 2, 3, 4, 5, 6, 7, 8], { more: elements });
}

if (!isOrthancInstalled) {
  test("a real DICOMweb server is asked where one is installed", {
    skip: "orthanc and orthanc-dicomweb are not",
  }, () => {});
} else {
  const orthanc = await startOrthanc();
  const chest = example("ct-chest.dcm");
  await orthanc.store([
    chest,
    withElements(chest, { "00080018": ["UI", "1.2.3.4.5"], "0020000e": ["UI", "1.2.3.4"], "00080060": ["CS", "OT"] }),
    example("mr-head-jpeg-ls.dcm"),
    ...Array.from({ length: SLICES }, (_, i) => slice(SLICES - i)),
  ]);
  const source = new DicomWebSource({ url: orthanc.url, credentials: orthanc.credentials });

  const list = async (selection: Selection): Promise<InstanceAddress[]> => {
    const found: InstanceAddress[] = [];
    for await (const address of source.list(selection)) found.push(address);
    return found;
  };

  test("a study of many pages is listed once and in the order of its instance numbers", async () => {
    const found = await list({ studies: [STUDY] });
    assert.deepEqual(
      found,
      Array.from({ length: SLICES }, (_, i) => ({ study: STUDY, series: SERIES, instance: `${SERIES}.${i + 1}` })),
    );
  });

  test("a query finds the series that meet all of it, also within a study", async () => {
    const modality = async (query: Record<string, string>, studies?: string[]) =>
      (await list({ query, studies })).length;
    assert.equal(await modality({ Modality: "MR" }), SLICES + 1);
    assert.equal(await modality({ Modality: "MR", PatientID: "SLICES" }), SLICES);
    assert.equal(await modality({ "00080060": "CT" }), 1);
    assert.equal(await modality({ Modality: "OT" }, ["1.3.6.1.4.1.5962.1.2.1.20040119072730.12322"]), 1);
    assert.equal(await modality({ Modality: "PT" }), 0);
    await assert.rejects(modality({ Modality: "PT" }, [STUDY]), { code: "not-found", message: /nothing of study/ });
    await assert.rejects(list({ studies: ["1.2.3.9"] }), { code: "not-found", message: /nothing of study 1\.2\.3\.9/ });
  });

  test("an instance comes as the server has it, compressed ones too", async () => {
    const [ct] = await list({ query: { Modality: "CT" } });
    assert.deepEqual(readDicom(await source.fetch(ct)), readDicom(chest));
    const [head] = await list({ studies: [MR_STUDY] });
    const fetched = await source.fetch(head);
    assert.ok(fetched.length < 7_000, "it has not been decompressed");
    assert.deepEqual(readDicom(fetched), readDicom(example("mr-head.dcm")));
    const seventh = await source.fetch({ study: STUDY, series: SERIES, instance: `${SERIES}.7` });
    assert.deepEqual(new Uint8Array(seventh), slice(7));
  });

  test("many are fetched at once", async () => {
    const addresses = (await list({ studies: [STUDY] })).slice(0, 64);
    const files = await Promise.all(addresses.map((address) => source.fetch(address)));
    assert.deepEqual(
      files.map((file) => (readDicom(file) as { values: Uint16Array }).values[0]),
      addresses.map((_, i) => i + 1),
    );
  });

  test("what is not there is told as such, and wrong credentials are", async () => {
    await assert.rejects(source.fetch({ study: STUDY, series: SERIES, instance: "1.2.3" }), { code: "not-found" });
    const credentials = { user: orthanc.credentials.user, password: "guess" };
    for (const other of [{}, { credentials }, { credentials: { token: "guess" } }]) {
      const stranger = new DicomWebSource({ url: orthanc.url, ...other });
      await assert.rejects(stranger.list({ studies: [STUDY] }).next(), { code: "unauthorised", message: /\(401\)$/ });
    }
  });

  test("embed takes what a query finds on the server, and repeats neither UIDs nor credentials in messages", async () => {
    const folder = await temporaryFolder();
    const model = await makeCheckpoint(folder, { card: DIRECT_CARD });
    const env = {
      MEDEMBED_DICOMWEB_USER: orthanc.credentials.user,
      MEDEMBED_DICOMWEB_PASSWORD: orthanc.credentials.password,
    };
    const file = fileURLToPath(new URL("../../examples/dicom/ct-chest.dcm", import.meta.url));
    const settings = ["--model", model, "--cache", `${folder}/cache`, "--precision", "fp32", "--threads", "1"];
    const { code, stdout, stderr } = await medembed(
      ["embed", file, "--dicomweb", `${orthanc.url}/`, "--query", "Modality=CT", ...settings],
      { env },
    );
    assert.equal(code, 0, stderr);
    const [fromFile, fromServer, ...others] = parseLines(stdout);
    assert.equal(others.length, 0);
    assert.match(fromServer.id, /^studies\/1\.3\.6\.1\.4\.1\.5962[\d.]+\/series\/[\d.]+\/instances\/[\d.]+$/);
    assert.deepEqual(fromServer.vector, fromFile.vector);
    assert.doesNotMatch(stderr, /1\.3\.6|reader|colon/);
  });
}
