import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { markup } from "../../src/reports/markup.ts";
import { reportPage } from "../../src/reports/page.ts";
import { chromium, lookAt } from "./browser.ts";
import { everyPart } from "./every-part.ts";

const folder = mkdtempSync(join(tmpdir(), "medembed-report-"));
after(() => rmSync(folder, { recursive: true }));
const skip = chromium === undefined && "no chromium on this machine";

/** The boxes of everything that must be seen, and what is hidden behind another scheme. */
const LOOK = `({
  plots: [...document.querySelectorAll("figure > svg")].map((plot) => {
    const { width, height } = plot.getBoundingClientRect();
    const title = plot.querySelector("title").textContent;
    const marks = [...plot.querySelectorAll("path, rect, circle")].map((mark) => mark.getBBox());
    return { title, width, height, hasMarks: marks.some((box) => box.width > 1 && box.height > 1) };
  }),
  pictures: [...document.images].map(({ naturalWidth }) => naturalWidth),
  isWide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
  paper: getComputedStyle(document.body).backgroundColor,
})`;

interface Look {
  readonly plots: readonly { title: string; width: number; height: number; hasMarks: boolean }[];
  readonly pictures: readonly number[];
  readonly isWide: boolean;
  readonly paper: string;
}

function writePage(file: string, parts = everyPart("a name")): string {
  const path = join(folder, file);
  const sections = Object.entries(parts).map(([title, part]) => ({ title, parts: [part] }));
  writeFileSync(path, reportPage({ title: "All parts", about: ["of a report"], sections }));
  return path;
}

test("a browser shows every plot and picture, asks nobody for anything and has nothing to complain of", {
  skip,
}, async () => {
  const { complaints, requests, value } = await lookAt(writePage("all.html"), LOOK);
  assert.deepEqual(complaints, []);
  assert.deepEqual(requests, []);
  const { plots, pictures, isWide } = value as Look;
  assert.equal(plots.length, 8);
  for (const { width, height, hasMarks, title } of plots) {
    assert.ok(width > 200 && height > 60 && hasMarks, `${title}: ${width} × ${height}`);
  }
  assert.deepEqual(pictures, [5]);
  assert.equal(isWide, false);
});

test("the browser of these tests sees what a page must not do", { skip }, async () => {
  const path = join(folder, "bad.html");
  writeFileSync(path, `<!doctype html><script>console.error("no")</script><img src="http://127.0.0.1:9/a.png">`);
  const { complaints, requests } = await lookAt(path, "1");
  assert.ok(complaints.length > 0);
  assert.deepEqual(requests, ["http://127.0.0.1:9/a.png"]);
});

test("a page is dark for those who like it so", { skip }, async () => {
  const path = writePage("scheme.html");
  const papers = await Promise.all(
    (["light", "dark"] as const).map(async (scheme) => ((await lookAt(path, LOOK, scheme)).value as Look).paper),
  );
  assert.deepEqual(papers, ["rgb(255, 255, 255)", "rgb(20, 24, 29)"]);
});

test("a name from outside is text wherever it stands", () => {
  const name = `</title></style><script>alert("1")</script>'&\u0000`;
  const parts = Object.entries(everyPart(name)).map(([title, part]) => ({ title, about: name, parts: [part] }));
  const page = reportPage({ title: name, about: [name], sections: parts });
  assert.doesNotMatch(page, /<script|alert\("|\0/);
  assert.equal(page.match(/<\/style>/g)?.length, 1);
  assert.match(page, /&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt;&#39;&amp;\ufffd/);
});

test("a page says that nothing may be loaded and no script may run", () => {
  const page = reportPage({ title: "a", about: [], sections: [] });
  assert.match(page, /Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"/);
});

test("every plot has a title, a description and its numbers", () => {
  const plots = Object.values(everyPart("a name"))
    .map(String)
    .filter((part) => part.startsWith("<figure>"));
  assert.equal(plots.length, 8);
  for (const plot of plots) {
    assert.match(plot, /<svg[^>]* role="img"[^>]*><title>a name<\/title><desc>.+<\/desc>/);
    assert.match(plot, /<details><summary>Numbers<\/summary><div class="scroll"><table>/);
    assert.doesNotMatch(plot, /NaN|Infinity|undefined/);
  }
});

test("markup escapes what is no markup, lists too, and nothing is nothing", () => {
  const inner = markup`<b>${"<"}</b>`;
  assert.equal(
    String(markup`<p title="${'"'}">${[inner, "&", 1]}${undefined}${false}</p>`),
    '<p title="&quot;"><b>&lt;</b>&amp;1</p>',
  );
});
