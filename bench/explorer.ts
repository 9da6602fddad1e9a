/**
 * Measures the explorer in a real browser against a real server: its first view, and its map of a hundred thousand made-up
 * records under the mouse, by the intervals between frames. Needs Chromium in the path.
 *
 *     npm run bench:explorer -- [--points 100000] [--seconds 5] [--json FILE]
 *
 * Without a GPU the browser draws WebGL by software, on the cores that the page and the server run on, too: the results name
 * what has drawn, and frames come slower than on any desktop.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { type Browser, chromium as playwright } from "playwright-core";
import { chromium } from "../test/reports/browser.ts";
import { build, buildExplorer, serveInChild, timeCommand } from "./child.ts";
import { ask, driveMap, FIELD, type MapDrive, type Motion, openWatched } from "./explorer/drive-map.ts";
import { fillLibrary } from "./explorer/fill-library.ts";
import { describeRun } from "./machine.ts";
import { spreadOf } from "./rounds.ts";

/** Pages that are opened anew for the time of the first view. */
const FIRST_VIEWS = 5;
/** How drawing without a GPU calls itself. */
const SOFTWARE = /swiftshader|llvmpipe|software/i;

const { values: options } = parseArgs({
  options: {
    points: { type: "string", default: "100000" },
    seconds: { type: "string", default: "5" },
    json: { type: "string" },
  },
});
const points = Number(options.points);
const about = describeRun("bench:explorer", process.argv.slice(2));
if (chromium === undefined) throw new Error("no chromium in the path: the explorer is measured in a real browser");
const folder = await mkdtemp(join(tmpdir(), "medembed-bench-"));
const library = join(folder, "library");
try {
  console.error(`compiling, filling a library with ${points} records`);
  await build();
  await buildExplorer();
  await fillLibrary(library, points);
  const layOutSeconds = await timeCommand(["library", "map", "--library", library, "--method", "pca"]);
  console.error("opening it in a browser");
  const server = await serveInChild(["--library", library], "library open");
  const browser = await playwright.launch({ executablePath: chromium, args: ["--no-sandbox"] });
  try {
    const firstView = await measureFirstView(browser, server.url);
    const map = await driveMap(browser, server.url, Number(options.seconds));
    const isSoftware = SOFTWARE.test(map.renderer);
    const results = { ...about, browser: browser.version(), isSoftware, points, layOutSeconds, firstView, map };
    console.log(tableOf(results));
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
  } finally {
    await browser.close();
    await server.stop();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Until the first records are there, without their pictures: from an empty cache, each time. */
async function measureFirstView(browser: Browser, url: string) {
  const times: number[] = [];
  let scripts: readonly string[] = [];
  for (let i = 0; i < FIRST_VIEWS; i++) {
    const page = await openWatched(browser);
    await page.goto(url);
    times.push(await ask<number>(page, `watch.untilThere(".gallery li")`));
    scripts = await ask(page, "watch.scripts()");
    await page.context().close();
  }
  const sizeOf = async (script: string) => gzipSync(await (await fetch(script)).text()).length;
  const sizes = await Promise.all(scripts.map(sizeOf));
  return { ms: spreadOf(times), scripts: sizes.length, gzipBytes: sizes.reduce((sum, size) => sum + size, 0) };
}

interface Told {
  readonly browser: string;
  readonly isSoftware: boolean;
  readonly points: number;
  readonly layOutSeconds: number;
  readonly firstView: Awaited<ReturnType<typeof measureFirstView>>;
  readonly map: MapDrive;
}

function tableOf({ browser, isSoftware, points, layOutSeconds, firstView, map }: Told): string {
  const { lasso, colour } = map;
  const { median, min, max } = firstView.ms;
  const rows: [label: string, shown: string][] = [
    ["first view, ms", `${ms(median)} (${ms(min)} - ${ms(max)})`],
    ["its scripts, kB by gzip", `${(firstView.gzipBytes / 1e3).toFixed(1)}, ${firstView.scripts} files`],
    ["library map --method pca, s", layOutSeconds.toFixed(1)],
    ["map drawn, ms after asking for the page", `${ms(map.drawnMs)}, ${tasksOf(map.loading)}`],
    ["ms between frames: nothing moves", motionOf(map.still)],
    ["  the map is dragged", motionOf(map.pan)],
    ["  the wheel is turned", motionOf(map.zoom)],
    ["  a line is drawn", motionOf(lasso)],
    ["  another colour is chosen", motionOf(colour)],
    [`line closed until ${lasso.chosen} are chosen, ms`, ms(lasso.chosenMs)],
    ["  until the gallery is there, ms", ms(lasso.galleryMs)],
    [`colours of ${FIELD}, ms after choosing it`, ms(colour.ms)],
  ];
  return [
    `${points} points, Chromium ${browser}, WebGL by ${map.renderer}`,
    ...(isSoftware
      ? ["no GPU: WebGL is drawn by software on this machine's cores, slower than any desktop draws it"]
      : []),
    ...rows.map(([label, shown]) => `${label.padEnd(46)}${shown}`),
  ].join("\n");
}

function motionOf({ frames, intervalMs: { median, p95, worst }, longTasks }: Motion): string {
  return `${ms(median)} median, ${ms(p95)} p95, ${ms(worst)} worst of ${frames}; ${tasksOf(longTasks)}`;
}

function tasksOf({ count, ms: total }: Motion["longTasks"]): string {
  return `${count} long tasks of ${ms(total)} ms together`;
}

function ms(value: number): string {
  return value < 100 ? value.toFixed(1) : value.toFixed(0);
}
