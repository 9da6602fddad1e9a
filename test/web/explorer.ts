import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import axe from "axe-core";
import { type Browser, type Page, chromium as playwright } from "playwright-core";
import { medembed, startMedembed } from "../cli/run.ts";
import { temporaryFolder } from "../golden-small.ts";
import { chromium } from "../reports/browser.ts";
import { untilReady } from "../until-ready.ts";

/** What is looked for. */
const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Why the explorer cannot be looked at here; false where it can. */
export const skip = chromium === undefined && "no chromium on this machine";

const folder = await temporaryFolder();
const library = join(folder, "examples");
/** What the page looked like; kept where SCREENSHOTS names a folder, for people. */
export const screenshots = process.env.SCREENSHOTS ?? mkdtempSync(join(folder, "screenshots-"));

let browser: Promise<Browser> | undefined;
after(async () => (await browser)?.close());

/** Adds the pictures that come with medembed to a library. */
export async function addExamples(): Promise<string> {
  if (existsSync(library)) return library;
  const { code, stderr } = await medembed([
    "library",
    "add",
    "examples/images",
    "examples/dicom",
    "--library",
    library,
  ]);
  assert.equal(code, 0, stderr);
  return library;
}

/** A server in a process of its own. @param port 0: any that is free */
export async function startServer(args: readonly string[], { port = 0, env = {} }: StartOptions = {}) {
  const server = startMedembed(["serve", "--port", String(port), ...args], { env });
  const { url } = await untilReady(server, "library open");
  const end = async (signal: "SIGTERM" | "SIGKILL") => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill(signal);
    await once(server, "exit");
  };
  const stop = () => end("SIGTERM");
  after(stop);
  /** Without a farewell. */
  const kill = () => end("SIGKILL");
  return { url: url.href, port: Number(url.port), stop, kill };
}

interface StartOptions {
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export interface OpenOptions {
  readonly scheme?: "light" | "dark";
  readonly width?: number;
  /** Whether the notice was accepted before. Default: true. */
  readonly hasSeenNotice?: boolean;
}

/** A page whose complaints fail the test: faults, and what its policy has refused. */
export async function openPage(
  url: string,
  { scheme = "light", width = 1280, hasSeenNotice = true }: OpenOptions = {},
): Promise<Page> {
  browser ??= playwright.launch({ executablePath: chromium!, args: ["--no-sandbox"] });
  const context = await (await browser).newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
  if (hasSeenNotice) await context.addInitScript(`localStorage.setItem("medembed.notice-seen", "1")`);
  const page = await context.newPage();
  page.setDefaultTimeout(120_000); // the machine may have other things to do
  page.on("pageerror", (error) => assert.fail(error));
  page.on("console", (message) => assert.doesNotMatch(message.text(), /Content Security Policy|Uncaught/));
  await page.goto(url);
  return page;
}

/** What is not accessible, with where it is. */
export async function violations(page: Page): Promise<unknown> {
  await page.evaluate(axe.source);
  return page.evaluate(
    `axe.run({ runOnly: ${JSON.stringify(WCAG)} }).then(({ violations }) =>
      violations.map(({ id, nodes }) => ({ id, places: nodes.map(({ html }) => html) })))`,
  );
}

/**
 * That a view is accessible and no wider than the screen, in light and dark, on a desk and a telephone; leaves a picture of each.
 * @param show brings the page to what is looked at
 */
export async function looksRight(url: string, name: string, show: (page: Page) => Promise<unknown>): Promise<void> {
  for (const scheme of ["light", "dark"] as const) {
    for (const width of [1280, 390]) {
      const page = await openPage(url, { scheme, width });
      await show(page);
      const look = `${name}-${scheme}-${width}`;
      await page.screenshot({ path: join(screenshots, `${look}.png`), fullPage: true });
      assert.deepEqual(await violations(page), [], look);
      const isWide = await page.evaluate("document.documentElement.scrollWidth > innerWidth");
      assert.equal(isWide, false, `${look} is wider than the screen`);
      await page.close();
    }
  }
}
