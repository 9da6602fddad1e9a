import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { WORDS } from "../../web/src/words.ts";
import { quantile } from "../load/traffic.ts";

const WATCH = fileURLToPath(new URL("./watch-page.js", import.meta.url));
const SCREEN = { width: 1280, height: 900 };
/** Loading a hundred thousand records may take long on a slow machine; a page that never shows them must not hold the bench. */
const PATIENCE_MS = 60_000;
/** Round trips of the map under the mouse, in pixels and in events for one. */
const [CIRCLE_RADIUS, CIRCLE_EVENTS] = [180, 60];
/** One notch of a wheel. */
const NOTCH = 120;
/** Notches in, then as many out. */
const NOTCHES = 12;
/** Corners of the line that is drawn around what lies in the middle, half as wide and high as the map. */
const LINE_EVENTS = 80;
/** What the map is coloured by after modality. */
export const FIELD = "bodyPart";

/** What the page did while something went on. */
export interface Motion {
  readonly frames: number;
  /** Between frames, in ms. */
  readonly intervalMs: { readonly median: number; readonly p95: number; readonly worst: number };
  /** Of the page's thread, longer than 50 ms each. */
  readonly longTasks: { readonly count: number; readonly ms: number };
}

export interface MapDrive {
  readonly renderer: string;
  /** From asking for the page until points are seen. */
  readonly drawnMs: number;
  readonly loading: Motion["longTasks"];
  /** Nothing is touched: how fast this browser makes frames at most. */
  readonly still: Motion;
  readonly pan: Motion;
  readonly zoom: Motion;
  readonly lasso: Motion & { readonly chosen: number; readonly chosenMs: number; readonly galleryMs: number };
  /** From choosing a field until its colours are there. */
  readonly colour: Motion & { readonly ms: number };
}

/** A page that has never been here, except that its notice was read. */
export async function openWatched(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: SCREEN });
  await context.addInitScript(`localStorage.setItem("medembed.notice-seen", "1")`);
  await context.addInitScript({ path: WATCH });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  return page;
}

/** @returns what an expression is in the page; rejects when that takes too long */
export async function ask<Answer>(page: Page, expression: string): Promise<Answer> {
  const told = JSON.stringify(`${expression} took longer than ${PATIENCE_MS} ms`);
  const tooLate = `new Promise((_, reject) => setTimeout(() => reject(new Error(${told})), ${PATIENCE_MS}))`;
  return page.evaluate(`Promise.race([${expression}, ${tooLate}])`);
}

/**
 * Opens the map and handles it by mouse and wheel, as people do.
 * @param seconds of each movement
 */
export async function driveMap(browser: Browser, url: string, seconds: number): Promise<MapDrive> {
  const page = await openWatched(browser);
  await page.goto(`${url}/#map`);
  const drawnMs = await ask<number>(page, "watch.untilDrawn()");
  const loading = sumOf(await ask<number[]>(page, "watch.longTasks()"));
  const renderer = await ask<string>(page, "watch.renderer()");
  const map = (await page.locator("canvas").boundingBox())!;
  const line = page.getByLabel(WORDS.map.lasso);

  const still = await watch(page, () => page.waitForTimeout(1_000));
  await line.uncheck();
  const pan = await watch(page, () => movePan(page, map, seconds));
  const zoom = await watch(page, () => turnWheel(page, map, seconds));
  await line.check();
  const lasso = await drawLine(page, map);
  const colour = await chooseColour(page);
  await page.context().close();
  return { renderer, drawnMs, loading, still, pan, zoom, lasso, colour };
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Round and round, and back to where it began. */
async function movePan({ mouse }: Page, map: Box, seconds: number): Promise<void> {
  const place = (i: number) => onEllipse(map, i / CIRCLE_EVENTS, [CIRCLE_RADIUS, CIRCLE_RADIUS]);
  await mouse.move(...place(0));
  await mouse.down();
  await forSeconds(seconds, (i) => mouse.move(...place(i)));
  await mouse.move(...place(0));
  await mouse.up();
}

/** In and out, and back to where it began. */
async function turnWheel({ mouse }: Page, map: Box, seconds: number): Promise<void> {
  await mouse.move(...onEllipse(map, 0, [0, 0]));
  let depth = 0;
  await forSeconds(seconds, async (i) => {
    const step = i % (2 * NOTCHES) < NOTCHES ? 1 : -1;
    depth += step;
    await mouse.wheel(0, -step * NOTCH);
  });
  for (; depth > 0; depth--) await mouse.wheel(0, NOTCH);
}

async function drawLine(page: Page, map: Box): Promise<MapDrive["lasso"]> {
  const { mouse } = page;
  const place = (i: number) => onEllipse(map, i / LINE_EVENTS, [map.width / 4, map.height / 4]);
  let chosenMs = 0;
  let galleryMs = 0;
  const motion = await watch(page, async () => {
    await mouse.move(...place(0));
    await mouse.down();
    for (let i = 1; i < LINE_EVENTS; i++) await mouse.move(...place(i));
    const started = performance.now();
    await mouse.up();
    await page.locator(".found h2").waitFor();
    chosenMs = performance.now() - started;
    await page.locator(".gallery li").first().waitFor();
    galleryMs = performance.now() - started;
  });
  const heading = await page.locator(".found h2").textContent(); // "50000 records chosen, 48 shown"
  return { ...motion, chosen: Number.parseInt(heading!, 10), chosenMs, galleryMs };
}

async function chooseColour(page: Page): Promise<MapDrive["colour"]> {
  const legend = JSON.stringify(await page.locator(".legend").textContent());
  let ms = 0;
  const motion = await watch(page, async () => {
    const started = performance.now();
    await page.getByLabel(WORDS.map.by).selectOption(FIELD);
    await ask(page, `watch.untilOther(".legend", ${legend})`);
    ms = performance.now() - started;
  });
  return { ...motion, ms };
}

/** A point around the middle of the map. @param turns of a whole round */
function onEllipse({ x, y, width, height }: Box, turns: number, [right, down]: readonly [number, number]) {
  const angle = 2 * Math.PI * turns;
  return [x + width / 2 + right * Math.cos(angle), y + height / 2 + down * Math.sin(angle)] as const;
}

/** What the page does while something is done to it. */
async function watch(page: Page, work: () => Promise<unknown>): Promise<Motion> {
  await ask(page, "watch.begin()");
  await work();
  const { intervals, tasks } = await ask<{ intervals: number[]; tasks: number[] }>(page, "watch.end()");
  return {
    frames: intervals.length,
    intervalMs: { median: quantile(intervals, 0.5), p95: quantile(intervals, 0.95), worst: Math.max(...intervals) },
    longTasks: sumOf(tasks),
  };
}

async function forSeconds(seconds: number, work: (i: number) => Promise<unknown>): Promise<void> {
  const until = performance.now() + 1e3 * seconds;
  for (let i = 0; performance.now() < until; i++) await work(i);
}

function sumOf(tasks: readonly number[]): Motion["longTasks"] {
  return { count: tasks.length, ms: tasks.reduce((sum, ms) => sum + ms, 0) };
}
