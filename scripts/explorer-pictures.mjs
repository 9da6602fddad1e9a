// Makes the pictures of the explorer that the README shows, from nothing but examples/: node scripts/explorer-pictures.mjs
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import sharp from "sharp";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const WEBP = { quality: 80 };
const medembed = ["--import", "./scripts/tsx.mjs", "src/cli/main.ts"];

const folder = mkdtempSync(join(tmpdir(), "medembed-pictures-"));
const library = join(folder, "examples");
const add = ["library", "add", "examples/images", "examples/dicom", "--library", library];
if (spawnSync(process.execPath, [...medembed, ...add], { stdio: "inherit" }).status !== 0) process.exit(1);
const server = spawn(process.execPath, [...medembed, "serve", "--library", library, "--port", "0"], {
  stdio: ["ignore", "inherit", "pipe"],
});
let url = "";
for await (const line of createInterface({ input: server.stderr })) {
  const { msg } = JSON.parse(line);
  url = /^listening on (\S+)$/.exec(msg)?.[1] ?? url;
  if (msg === "library open") break;
}
server.stderr.resume();
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });

/** @param show brings the page to what the picture is of */
async function picture(name, hash, colorScheme, show) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, colorScheme });
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

await browser.close();
server.kill("SIGTERM");
await once(server, "exit");
rmSync(folder, { recursive: true });
