// Makes the pictures of the explorer that README and docs show, from nothing but examples/: node scripts/explorer-pictures.mjs
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import sharp from "sharp";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const WEBP = { quality: 80 };
const medembed = ["--import", "./scripts/tsx.mjs", "src/cli/main.ts"];

const folder = mkdtempSync(join(tmpdir(), "medembed-pictures-"));
const library = join(folder, "examples");
runOnLibrary("add", "examples/images", "examples/dicom");
const server = spawn(process.execPath, [...medembed, "serve", "--library", library, "--port", "0"], {
  stdio: ["ignore", "inherit", "pipe"],
});
process.on("exit", () => server.kill()); // also when a picture fails
let url = "";
for await (const line of createInterface({ input: server.stderr })) {
  const { msg } = JSON.parse(line);
  url = /^listening on (\S+)$/.exec(msg)?.[1] ?? url;
  if (msg === "library open") break;
}
server.stderr.resume();
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });

function runOnLibrary(command, ...args) {
  const line = [...medembed, "library", command, ...args, "--library", library];
  if (spawnSync(process.execPath, line, { stdio: "inherit" }).status !== 0) process.exit(1);
}

/** @param show brings the page to what the picture is of @param height as much of it as tells something */
async function picture(name, hash, colorScheme, show, height = 860) {
  const context = await browser.newContext({ viewport: { width: 1280, height }, colorScheme });
  await context.addInitScript(() => localStorage.setItem("medembed.notice-seen", "1"));
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  await page.goto(`${url}/${hash}`);
  await show(page);
  await sharp(await page.screenshot())
    .webp(WEBP)
    .toFile(`docs/${name}.webp`);
  await context.close();
}

await picture("explorer-search", "#search?text=mri+brain", "light", async (page) => {
  await page.getByRole("heading", { name: "nearest to" }).waitFor();
  for (let i = 0; i < 10; i++) await page.locator(`.gallery li:nth-child(${i + 1}) img`).waitFor();
});
await picture("explorer-classify", "#classify", "dark", async (page) => {
  await page.getByRole("button", { name: "Start with" }).click();
  const names = ["ct-head.png", "mri-brain-axial.png", "fundus-normal.jpg"];
  await page.locator("input[type=file]").setInputFiles(names.map((name) => `examples/images/${name}`));
  await page.getByRole("button", { name: "Classify", exact: true }).click();
  await page.locator(".classified li:nth-child(3) .bars").waitFor();
});

await picture(
  "explorer-window",
  "#search",
  "dark",
  async (page) => {
    await page.locator(".gallery button").filter({ hasText: "ct-chest.dcm" }).click();
    await page.getByRole("button", { name: "Lung" }).click();
    await page.waitForResponse((response) => response.url().includes("center=-600"));
    await page.locator(".stage img").waitFor();
  },
  500,
);

const slices = [
  "ct-chest.png",
  "ct-head.png",
  "mri-abdomen.png",
  "mri-brain-axial.png",
  "mri-knee.tiff",
  "mri-shoulder.png",
];
const accepted = slices.map((name) => resolve("examples/images", name));
runOnLibrary("label", "--where", `source=${accepted.join("|")}`, "--set", "quality=accepted");
await picture(
  "explorer-outliers",
  "#outliers?reference=label.quality%3Daccepted",
  "light",
  async (page) => {
    await page.locator(".gallery li:nth-child(3) img").nth(1).waitFor();
  },
  1_080,
);
runOnLibrary("import", "examples/exams/vectors.parquet");
await picture("explorer-exams", "#exams", "light", async (page) => {
  await page.locator(".findings li:nth-child(1)").waitFor();
});

await browser.close();
server.kill("SIGTERM");
await once(server, "exit");
rmSync(folder, { recursive: true });
