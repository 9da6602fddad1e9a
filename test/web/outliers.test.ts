import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Library } from "../../src/library/library.ts";
import { relabel } from "../../src/library/relabel.ts";
import { temporaryFolder } from "../golden-small.ts";
import { addExamples, looksRight, openPage, screenshots, skip, startServer, violations } from "./explorer.ts";

const CARD = ".gallery li";
/** Slices are as they should be, photographs and ultrasound are not. */
const ACCEPTED = /(?:ct|mri|mr)-(?!chest-scout)/;
const LINK = "#outliers?reference=label.quality%3Daccepted";

/** The examples, of which slices are labelled as accepted. */
async function labelledExamples(): Promise<string> {
  const uri = join(await temporaryFolder(), "labelled");
  await cp(await addExamples(), uri, { recursive: true });
  const library = await Library.open({ uri });
  const accepted: string[] = [];
  for await (const { id, source } of library.records()) if (ACCEPTED.test(source)) accepted.push(id);
  const where = [{ field: "id", operator: "=", values: accepted } as const];
  await relabel(library, where, { set: { quality: "accepted" } });
  await library.close();
  return uri;
}

const uri = skip ? "" : await labelledExamples();
const server = skip ? undefined : await startServer(["--library", uri, "--writable"]);

test("what is unlike the reference comes first beside its nearest, and the line moves by mouse and keyboard", {
  skip,
}, async () => {
  const page = await openPage(`${server!.url}#outliers`);
  await page.getByText("Say which records are as they should be").waitFor();
  await page.getByRole("group", { name: "As they should be" }).getByLabel("Label").fill("quality=accepted");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Compared with 10 records" }).waitFor();
  assert.equal(new URL(page.url()).hash, LINK);
  await page.getByText("No p can be below 0.091").waitFor();
  await page.getByText("They are too few to call anything an outlier at 0.05").waitFor();
  assert.equal(await page.locator(CARD).count(), 6);
  const first = page.locator(CARD).first();
  assert.match(String(await first.textContent()), /histology|fundus/);
  assert.match(String(await first.textContent()), /nearest: (?:ct|mr)/);
  await first.locator("img").nth(1).waitFor();
  await page.screenshot({ path: join(screenshots, "outliers.png"), fullPage: true });

  const line = page.getByRole("slider", { name: "Threshold" });
  await line.focus();
  await page.keyboard.press("Home");
  await page.getByText("6 above the line").waitFor();
  await page.getByText("Of the 10 references 10 would lie above").waitFor();
  await page.keyboard.press("End");
  await page.getByText("0 above the line").waitFor();
  const { x, y, width, height } = (await line.boundingBox())!;
  await page.mouse.move(x + width - 8, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.9, y + height / 2, { steps: 4 });
  await page.mouse.up();
  await page.getByText(/^[1-5] above the line/).waitFor();

  const { hash } = new URL(page.url());
  assert.match(hash, /threshold=[\d.]+/);
  const above = await page.locator(".marked").count();
  const other = await openPage(`${server!.url}${hash}`);
  await other.getByText(`${above} above the line`).waitFor();
});

test("pictures of one's own are judged by the same reference, and a broken one fails alone", { skip }, async () => {
  const page = await openPage(`${server!.url}${LINK}`);
  const input = page.locator("input[type=file]");
  await input.setInputFiles(["examples/images/fundus-normal.jpg", "examples/images/ct-chest.png"]);
  const own = page.locator(".own-pictures li");
  await own.nth(1).getByText("nearest: ct-chest.png").waitFor();
  await own.first().getByText("above the line").waitFor();
  await input.setInputFiles({ name: "broken.nii", mimeType: "", buffer: Buffer.from("no picture at all") });
  assert.match(String(await own.nth(2).locator(".failed").textContent()), /the 17 bytes start like none of PNG/);
  await own.first().locator("img").nth(1).waitFor();
  await own.first().scrollIntoViewIfNeeded();
  await page.screenshot({ path: join(screenshots, "own-pictures.png") });
  assert.deepEqual(await violations(page), []);
  await page.getByRole("button", { name: "Remove broken.nii" }).click();
  assert.equal(await own.count(), 2);
});

test("what lies above the line gets a label, which the cards show then", {
  skip,
}, async () => {
  const page = await openPage(`${server!.url}${LINK}`);
  const line = page.getByRole("slider", { name: "Threshold" });
  await line.focus();
  await page.keyboard.press("Home");
  await page.getByRole("button", { name: "Label 6 records" }).waitFor();
  const form = page.locator(".found form");
  await form.getByLabel("Label").fill("review");
  await form.getByLabel("Value").fill("yes");
  await page.getByRole("button", { name: "Label 6 records" }).click();
  await page.getByText("6 records changed.").waitFor();
  await page.locator(CARD).getByText("review: yes").first().waitFor();
  const opened = await Library.open({ uri });
  assert.equal(await opened.count([{ field: "label.review", operator: "=", values: ["yes"] }]), 6);
  await opened.close();
});

test("a reference that nothing can be judged by is refused with the reason", { skip }, async () => {
  const page = await openPage(`${server!.url}#outliers?reference=modality%3DUS`);
  await page.locator(".failed").getByText("no record is as reference says").waitFor();
});

test("outliers look right", { skip }, async () => {
  await looksRight(`${server!.url}${LINK}`, "outliers", async (page) => {
    await page.locator(CARD).first().scrollIntoViewIfNeeded();
    await page.locator(".gallery img").nth(1).waitFor();
  });
});

test("the view, and what is asked in it, wait for a server that is away", { skip }, async () => {
  const first = await startServer(["--library", uri]);
  const page = await openPage(first.url);
  await page.locator(".gallery button").first().waitFor();
  await first.stop();
  await page.getByRole("link", { name: "Outliers" }).click(); // its script is not there yet
  const away = page.getByText("The server does not answer.");
  await away.waitFor();
  const second = await startServer(["--library", uri], { port: first.port });
  await page.getByText("Say which records are as they should be").waitFor();
  await second.stop();
  await page.getByRole("group", { name: "As they should be" }).getByLabel("Label").fill("quality=accepted");
  await page.keyboard.press("Enter");
  await away.waitFor();
  await startServer(["--library", uri], { port: first.port });
  await page.getByRole("heading", { name: "Compared with 10 records" }).waitFor();
});
