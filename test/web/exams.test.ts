import assert from "node:assert/strict";
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { sharp } from "../../src/formats/sharp.ts";
import { medembed } from "../cli/run.ts";
import { writePicture } from "../formats/dicom/write-dicom.ts";
import { temporaryFolder } from "../golden-small.ts";
import { addExamples, looksRight, openPage, screenshots, skip, startServer, violations } from "./explorer.ts";

const CARD = ".findings li";

/** The examples, and beside them vectors whose headers tell something, one of them wrongly. */
async function toldExamples(): Promise<string> {
  const uri = join(await temporaryFolder(), "told");
  await cp(await addExamples(), uri, { recursive: true });
  const { code, stderr } = await medembed(["library", "import", "examples/exams/vectors.parquet", "--library", uri]);
  assert.equal(code, 0, stderr);
  return uri;
}

const uri = skip ? "" : await toldExamples();
const server = skip ? undefined : await startServer(["--library", uri]);

test("disagreements come first, a field alone is shown by its name, and a picture opens large", { skip }, async () => {
  const page = await openPage(`${server!.url}#exams`);
  await page.getByRole("heading", { name: "Learned from 88 records" }).waitFor();
  const wrong = page.locator(CARD).filter({ hasText: "AbdomenCT-7" });
  await wrong.first().waitFor();
  assert.deepEqual(await page.locator(CARD).first().locator(".kind").allInnerTexts(), ["Disagrees"]);
  assert.match(String(await wrong.first().textContent()), /Header\s*HEAD\s*Neighbours\s*ABDOMEN/);
  const row = page.getByRole("row", { name: /^View/ });
  assert.deepEqual(await row.getByRole("cell").allInnerTexts(), ["0", "88", "too few examples"]);

  await page.getByRole("button", { name: "Only Body part" }).click();
  await page.getByRole("heading", { name: "48 of 88 findings" }).waitFor();
  await page.getByLabel("Finding").selectOption("missing");
  await page.getByRole("heading", { name: /^\d+ findings/ }).waitFor();
  assert.match(new URL(page.url()).hash, /^#exams\?field=bodyPart&finding=missing$/);
  const told = page.locator(CARD).filter({ hasText: "ct-chest.png" });
  assert.match(String(await told.textContent()), /tells nothing.*CHEST.*% of the votes/);
  await page.screenshot({ path: join(screenshots, "exams.png"), fullPage: true });
  await told.getByRole("button", { name: "Open ct-chest.png" }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.locator("img").waitFor();
  await dialog.getByText("Body part: Header tells nothing, neighbours CHEST").waitFor();
  await page.keyboard.press("Escape");

  await page.getByLabel("Finding").selectOption("unclear");
  await page.getByText("do not agree").first().waitFor();
  const other = await openPage(page.url());
  await other.getByText("do not agree").first().waitFor();
});

test("what nothing can be learned of is refused with what is needed", { skip }, async () => {
  const page = await openPage(`${server!.url}#exams`);
  await page.getByRole("heading", { name: "Learned from 88 records" }).waitFor();
  await page.getByRole("group", { name: "To learn from" }).getByLabel("Modality").fill("US");
  await page.keyboard.press("Enter");
  await page.locator(".failed").getByText("no record is as examples says").waitFor();
  await page.getByRole("group", { name: "To learn from" }).getByRole("button", { name: "Clear" }).click();
  await page.getByRole("heading", { name: "Learned from 88 records" }).waitFor();
});

/** A CT of a head whose header says that it is of a foot. */
async function wrongHeader(): Promise<Buffer> {
  const { data, info } = await sharp(await readFile("examples/images/ct-head.png"))
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width: columns, height: rows } = info;
  const more = { "00080060": ["CS", "CT"], "00180015": ["CS", "FOOT"] } as const;
  return Buffer.from(writePicture([...data], { columns, rows, bitsAllocated: 8, more }));
}

test("a header of one's own that contradicts its picture is told, and a broken file fails alone", {
  skip,
}, async () => {
  const page = await openPage(`${server!.url}#exams?reference=${encodeURIComponent("bodyPart!=")}`);
  const input = page.locator("input[type=file]");
  await input.setInputFiles({ name: "wrong.dcm", mimeType: "", buffer: await wrongHeader() });
  const own = page.locator(".own-pictures li");
  const bodyPart = own.first().getByRole("row", { name: /^Body part/ });
  await bodyPart.waitFor();
  assert.deepEqual(
    (await bodyPart.getByRole("cell").allInnerTexts()).map((text) => text.split("\n")[0]),
    ["FOOT", "HEAD", "Disagrees"],
  );
  assert.match(String(await own.first().locator("tbody tr").first().textContent()), /Disagrees/);
  await own.first().locator(".picture").nth(1).getByText("was not read from a file").waitFor(); // of the nearest there is a vector alone
  await page.screenshot({ path: join(screenshots, "told-pictures.png") });

  await input.setInputFiles("examples/images/ct-head.png");
  await own.nth(1).getByText("Only neighbours tell").first().waitFor();
  await input.setInputFiles({ name: "broken.dcm", mimeType: "", buffer: Buffer.from("no picture at all") });
  assert.match(String(await own.nth(2).locator(".failed").textContent()), /the 17 bytes start like none of PNG/);
  assert.deepEqual(await violations(page), []);
  await page.getByRole("button", { name: "Remove broken.dcm" }).focus();
  await page.keyboard.press("Enter");
  assert.equal(await own.count(), 2);
});

test("exam parameters look right", { skip }, async () => {
  await looksRight(`${server!.url}#exams`, "exams", (page) => page.locator(CARD).first().scrollIntoViewIfNeeded());
});

test("the question goes on when a server that was away is back", { skip }, async () => {
  const first = await startServer(["--library", uri]);
  const page = await openPage(`${first.url}#exams`);
  await page.locator(CARD).first().waitFor();
  await first.stop();
  await page.getByRole("group", { name: "To be looked at" }).getByLabel("Modality").fill("MR");
  await page.keyboard.press("Enter");
  await page.getByText("The server does not answer.").waitFor();
  await startServer(["--library", uri], { port: first.port });
  await page.getByRole("heading", { name: "42 findings" }).waitFor();
});
