import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { addExamples, looksRight, openPage, screenshots, skip, startServer } from "./explorer.ts";

/** Of all scripts of the first view. */
const MAX_SCRIPT_BYTES = 250_000;
const CARD = ".gallery button";

const server = skip ? undefined : await startServer(["--library", await addExamples()]);
const open = (path = "", options = {}) => openPage(`${server!.url}${path}`, options);

/** How many pictures of the gallery are seen. */
async function shownPictures(page: Page): Promise<number> {
  await page.locator(".gallery img").first().waitFor();
  const widths = await page.evaluate(
    `[...document.querySelectorAll(".gallery img")].map((image) => image.naturalWidth)`,
  );
  return (widths as number[]).filter((width) => width > 1).length;
}

test("the first view shows what is in the library, and its scripts are small", { skip }, async () => {
  const page = await open();
  assert.ok((await shownPictures(page)) > 0);
  assert.equal(await page.locator(CARD).count(), 16);
  const scripts = await page.evaluate(
    `Promise.all(performance.getEntriesByType("resource").filter(({ name }) => name.endsWith(".js"))
      .map(async ({ name }) => (await fetch(name)).text()))`,
  );
  const bytes = (scripts as string[]).reduce((sum, script) => sum + gzipSync(script).length, 0);
  assert.ok(bytes > 1_000 && bytes < MAX_SCRIPT_BYTES, `${bytes} bytes`);
  await page.screenshot({ path: join(screenshots, "first-view.png") });
});

test("the notice is there once, and stays within reach", { skip }, async () => {
  const page = await open("", { hasSeenNotice: false });
  const notice = page.getByRole("dialog", { name: "Research use only" });
  await notice.getByRole("button", { name: "I understand" }).click();
  await page.reload();
  await page.locator(CARD).first().waitFor();
  assert.equal(await notice.count(), 0);
  await page.getByRole("button", { name: "Research use only" }).click();
  await notice.waitFor();
});

test("words find pictures, and the link of a search finds them again", { skip }, async () => {
  const page = await open();
  await page.getByRole("searchbox").fill("mri brain");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "16 nearest to “mri brain”" }).waitFor();
  assert.match(String(await page.locator(CARD).first().textContent()), /mri-brain-axial\.png/);
  await page.getByLabel("Modality", { exact: true }).fill("MR");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "2 nearest to “mri brain”" }).waitFor();

  const { hash } = new URL(page.url());
  assert.equal(hash, "#search?text=mri+brain&where=modality%3DMR");
  const other = await open(hash);
  await other.getByRole("heading", { name: "2 nearest to “mri brain”" }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "16 nearest to “mri brain”" }).waitFor();
});

test("a picture and a DICOM file find their like", { skip }, async () => {
  const page = await open();
  const input = page.locator("input[type=file]");
  await input.setInputFiles("examples/images/ct-head.png");
  await page.getByRole("heading", { name: "16 nearest to the image ct-head.png" }).waitFor();
  assert.match(String(await page.locator(CARD).first().textContent()), /^1\.000ct-head\.png/);
  await input.setInputFiles("examples/dicom/mr-head.dcm");
  await page.getByRole("heading", { name: "16 nearest to the image mr-head.dcm" }).waitFor();
  assert.match(String(await page.locator(CARD).first().textContent()), /mr-head\.dcm/);
  assert.doesNotMatch(page.url(), /mr-head/, "a link says nothing of a picture");
});

test("a broken file is refused with the reason, and the next search works", { skip }, async () => {
  const page = await open();
  const file = { name: "broken.png", mimeType: "image/png", buffer: Buffer.from("no picture at all") };
  await page.locator("input[type=file]").setInputFiles(file);
  const alert = page.locator(".failed");
  await alert.waitFor();
  assert.match(String(await alert.textContent()), /image: the 17 bytes start like none of PNG/);
  await page.getByRole("searchbox").fill("ultrasound heart");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "16 nearest to “ultrasound heart”" }).waitFor();
  assert.equal(await alert.count(), 0);
});

test("a picture opens large, the arrow keys go on, and Escape leads back, by keyboard alone", { skip }, async () => {
  const page = await open("#search?text=mri+brain");
  const first = page.locator(CARD).first();
  await first.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.locator("img").waitFor();
  await page.screenshot({ path: join(screenshots, "record.png") });
  const names = [await dialog.getByRole("heading").textContent()];
  await page.keyboard.press("ArrowRight");
  names.push(await dialog.getByRole("heading").textContent());
  await page.keyboard.press("ArrowLeft");
  names.push(await dialog.getByRole("heading").textContent());
  assert.equal(names[0], "mri-brain-axial.png");
  assert.notEqual(names[1], names[0]);
  assert.equal(names[2], names[0]);
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  assert.ok(await page.evaluate(`document.activeElement === document.querySelector("${CARD}")`));

  await page.keyboard.press("Enter");
  await dialog.getByRole("button", { name: "More like this" }).click();
  await page.getByRole("heading", { name: "16 nearest to the picture chosen here" }).waitFor();
  assert.match(String(await page.locator(CARD).first().textContent()), /mri-brain-axial\.png/);
  assert.match(page.url(), /#search\?like=[0-9a-f]{64}$/);
});

test("images are classified by labels, each by itself, and a broken one fails alone", { skip }, async () => {
  const page = await open("#classify");
  await page.getByRole("button", { name: "Start with" }).click();
  const label = page.getByLabel("Add a label");
  await label.fill("mammo");
  await page.locator("#catalogue option[value^=mammography]").first().waitFor({ state: "attached" });
  await label.fill("histology");
  await page.keyboard.press("Enter");
  await page
    .locator("input[type=file]")
    .setInputFiles(["examples/images/ct-head.png", "examples/images/mri-brain-axial.png"]);
  const broken = { name: "broken.png", mimeType: "image/png", buffer: Buffer.from("no picture at all") };
  await page.locator("input[type=file]").setInputFiles(broken);
  await page.getByRole("button", { name: "Classify", exact: true }).click();
  await page.locator(".classified .failed").waitFor();
  const best = await page.locator(".bars .best th").allInnerTexts();
  assert.deepEqual(best, ["computed tomography head", "magnetic resonance imaging brain"]);
  const shares = await page.locator(".classified li").first().locator("td:last-child").allInnerTexts();
  assert.equal(shares.length, 8);
  const sum = shares.reduce((total, share) => total + Number.parseFloat(share), 0);
  assert.ok(Math.abs(sum - 100) < 0.5, `${sum} percent`);
  await page.screenshot({ path: join(screenshots, "classify.png") });
});

test("every view is accessible, light and dark, and fits a desk and a telephone", { skip }, async () => {
  await looksRight(`${server!.url}#search`, "search", (page) => page.locator(".gallery img").first().waitFor());
  await looksRight(`${server!.url}#search`, "record", async (page) => {
    await page.locator(CARD).first().click();
    await page.getByRole("dialog").locator("img").waitFor();
  });
  await looksRight(`${server!.url}#classify`, "classify", (page) =>
    page.getByRole("button", { name: "Start with" }).click(),
  );
});

test("a server that goes away is waited for, and what was asked for goes on", { skip }, async () => {
  const library = await addExamples();
  const first = await startServer(["--library", library]);
  const page = await openPage(first.url);
  await page.locator(CARD).first().waitFor();
  await first.stop();
  await page.getByRole("searchbox").fill("mri brain");
  await page.keyboard.press("Enter");
  await page.getByText("The server does not answer.").waitFor();
  await startServer(["--library", library], { port: first.port });
  await page.getByRole("heading", { name: "16 nearest to “mri brain”" }).waitFor();
  assert.equal(await page.getByText("The server does not answer.").count(), 0);
});

test("a key is asked for once, and stands in no address and nothing that lasts", { skip }, async () => {
  const { url } = await startServer(["--library", await addExamples()], { env: { MEDEMBED_KEY: "a-good-key" } });
  const page = await openPage(url);
  const addresses: string[] = [];
  page.on("request", (request) => addresses.push(request.url()));
  const dialog = page.getByRole("dialog", { name: "This server needs a key" });
  await dialog.getByLabel("Key").fill("a-wrong-key");
  await page.keyboard.press("Enter");
  await dialog.getByText("The server does not take this key.").waitFor();
  await dialog.getByLabel("Key").fill("a-good-key");
  await page.keyboard.press("Enter");
  await page.locator(CARD).first().waitFor();
  assert.equal(await dialog.count(), 0);
  await page.getByText("No picture").first().waitFor(); // who has keys serves others, and says in a config what these see
  assert.doesNotMatch(`${addresses.join(" ")} ${page.url()}`, /good-key/);
  assert.doesNotMatch(String(await page.evaluate("JSON.stringify(localStorage) + document.cookie")), /good-key/);
});
