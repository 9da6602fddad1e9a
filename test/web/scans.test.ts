import assert from "node:assert/strict";
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { medembed } from "../cli/run.ts";
import { writeSlice } from "../formats/dicom/series/write-series.ts";
import { temporaryFolder } from "../golden-small.ts";
import { looksRight, openPage, screenshots, skip, startServer } from "./explorer.ts";

const VOLUME = "test/files/nifti/anatomical.nii";

/** A CT slice, an MR slice and a volume, as files of grays. */
async function addScans(): Promise<string> {
  const folder = await temporaryFolder();
  const scans = join(folder, "scans");
  await mkdir(scans);
  for (const file of ["examples/dicom/ct-chest.dcm", "examples/dicom/mr-head.dcm", VOLUME]) {
    await copyFile(file, join(scans, file.split("/").at(-1)!));
  }
  const { code, stderr } = await medembed(["library", "add", scans, "--library", join(folder, "library")]);
  assert.equal(code, 0, stderr);
  return join(folder, "library");
}

const server = skip ? undefined : await startServer(["--library", await addScans()]);

/** Opens a picture large, and waits until its window is known. */
async function openLarge(page: Page, name: string): Promise<void> {
  await page.locator(".gallery button").filter({ hasText: name }).click();
  await page.getByRole("slider", { name: "Centre" }).waitFor();
}

/** Does something after which another picture is seen. */
async function seesAnother(page: Page, does: () => Promise<unknown>): Promise<void> {
  const address = () => page.locator(".stage img").getAttribute("src");
  const before = await address();
  await does();
  await page.locator(`.stage img:not([src="${before}"])`).waitFor();
}

test("a CT is seen under windows: by name, by sliders with the keyboard, by dragging, and as it was", {
  skip,
}, async () => {
  const page = await openPage(server!.url);
  await openLarge(page, "ct-chest.dcm");
  const dialog = page.getByRole("dialog");
  const width = dialog.getByRole("slider", { name: "Width" });
  const center = dialog.getByRole("slider", { name: "Centre" });
  const own = await width.getAttribute("aria-valuetext");
  await seesAnother(page, () => dialog.getByRole("button", { name: "Lung" }).click());
  assert.equal(await center.getAttribute("aria-valuetext"), "-600 HU");
  assert.equal(await width.getAttribute("aria-valuetext"), "1500 HU");
  await page.screenshot({ path: join(screenshots, "window-lung.png") });

  await center.focus();
  await seesAnother(page, () => page.keyboard.press("ArrowRight"));
  assert.equal(await center.getAttribute("aria-valuetext"), "-599 HU");
  await dialog.getByRole("heading", { name: "ct-chest.dcm" }).waitFor(); // arrow keys on a slider lead to no other record

  const { x, y, width: across, height } = (await page.locator(".stage").boundingBox())!;
  await page.mouse.move(x + across / 2, y + height / 2);
  await page.mouse.down();
  await seesAnother(page, () => page.mouse.move(x + across / 2 + 50, y + height / 2, { steps: 3 }));
  await page.mouse.up();
  assert.ok(Number.parseFloat((await width.getAttribute("aria-valuetext"))!) > 1_500);
  await page.mouse.move(x + 10, y + 10); // no drag any more

  await seesAnother(page, () => dialog.getByRole("button", { name: "Reset" }).click());
  assert.equal(await width.getAttribute("aria-valuetext"), own);
});

test("a volume is gone through slice by slice; an MR has no windows of CT", { skip }, async () => {
  const page = await openPage(server!.url);
  await openLarge(page, "anatomical.nii");
  const slice = page.getByRole("slider", { name: "Slice" });
  const [at, count] = (await slice.getAttribute("aria-valuetext"))!.split(" of ").map(Number);
  await slice.focus();
  await seesAnother(page, () => page.keyboard.press("ArrowRight"));
  assert.equal(await slice.getAttribute("aria-valuetext"), `${at + 1} of ${count}`);
  await seesAnother(page, () => page.keyboard.press("End"));
  assert.equal(await slice.getAttribute("aria-valuetext"), `${count} of ${count}`);
  await page.keyboard.press("Escape");
  await openLarge(page, "mr-head.dcm");
  assert.equal(await page.getByRole("button", { name: "Lung" }).count(), 0);
  await seesAnother(page, async () => {
    await page.getByRole("slider", { name: "Width" }).focus();
    await page.keyboard.press("ArrowRight");
  });
});

test("a series is gone through slice by slice, by slider and wheel; what is not there any more is said", {
  skip,
}, async () => {
  const folder = await temporaryFolder();
  const study = join(folder, "study");
  await mkdir(study);
  for (let number = 1; number <= 5; number++) {
    const values = Array.from({ length: 1_024 }, (_, i) => (i * 37 * number) % 500);
    await writeFile(join(study, `${number}.dcm`), writeSlice(values, { columns: 32, rows: 32, number }));
  }
  const library = join(folder, "library");
  const { code, stderr } = await medembed(["library", "add", study, "--per", "series", "--library", library]);
  assert.equal(code, 0, stderr);
  const { url } = await startServer(["--library", library]);
  const page = await openPage(url);
  await openLarge(page, "3.dcm");
  const slice = page.getByRole("slider", { name: "Slice" });
  assert.equal(await slice.getAttribute("aria-valuetext"), "3 of 5");
  await slice.focus();
  await seesAnother(page, () => page.keyboard.press("ArrowRight"));
  assert.equal(await slice.getAttribute("aria-valuetext"), "4 of 5");
  await page.locator(".stage").hover();
  await seesAnother(page, () => page.mouse.wheel(0, -100));
  assert.equal(await slice.getAttribute("aria-valuetext"), "3 of 5");
  await rm(join(study, "1.dcm"));
  await slice.focus();
  await page.keyboard.press("Home");
  await page.getByRole("alert").getByText("its file is not there any more").waitFor();
  await page.keyboard.press("End");
  await page.locator(".stage img").waitFor();
  assert.equal(await slice.getAttribute("aria-valuetext"), "5 of 5");
});

test("a NIfTI file finds its like, and a broken one is refused with the reason", { skip }, async () => {
  const page = await openPage(server!.url);
  const input = page.locator("input[type=file]");
  await input.setInputFiles(VOLUME);
  await page.getByRole("heading", { name: "3 nearest to the image anatomical.nii" }).waitFor();
  assert.match(String(await page.locator(".gallery button").first().textContent()), /^1\.000anatomical\.nii/);
  await input.setInputFiles({ name: "broken.nii.gz", mimeType: "", buffer: Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]) });
  await page.locator(".failed").getByText("the gzip file breaks off or is damaged").waitFor();
  await input.setInputFiles("examples/dicom/mr-head.dcm");
  await page.getByRole("heading", { name: "3 nearest to the image mr-head.dcm" }).waitFor();
  assert.equal(await page.locator(".failed").count(), 0);
});

test("a server that goes away while a window is moved is waited for", { skip }, async () => {
  const library = await addScans();
  const first = await startServer(["--library", library]);
  const page = await openPage(first.url);
  await openLarge(page, "ct-chest.dcm");
  await page.locator(".stage img").waitFor();
  await first.stop();
  await page.getByRole("button", { name: "Bone" }).click();
  await page.getByText("The server does not answer.").waitFor();
  await seesAnother(page, () => startServer(["--library", library], { port: first.port }));
});

test("the large picture with its window looks right", { skip }, async () => {
  await looksRight(server!.url, "window", async (page) => {
    await openLarge(page, "ct-chest.dcm");
    await page.locator(".stage img").waitFor();
  });
});
