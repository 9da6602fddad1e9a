import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { Library } from "../../src/library/library.ts";
import type { StoredVector } from "../../src/library/record.ts";
import { temporaryFolder } from "../golden-small.ts";
import { unitVector } from "../library/synthetic.ts";
import { addExamples, openPage, screenshots, skip, startServer, violations } from "./explorer.ts";

/** Of each example: as many patients' pictures as a split needs. */
const COPIES = 8;
const RADIOGRAPH = /x-?ray|cxr|chest-pa|mammo|radiograph/i;
const MAGNETIC = /mr/i;

/** The examples with a label, each several times with a vector nearby: a picture of its own as far as training can tell. */
async function makeLibrary(): Promise<string> {
  const uri = join(await temporaryFolder(), "labelled");
  const examples = await Library.open({ uri: await addExamples() });
  const library = await Library.openOrCreate({ uri }, examples.head);
  for await (const record of examples.vectors()) {
    await library.insert(Array.from({ length: COPIES }, (_, copy) => variationOf(record, copy)));
  }
  await Promise.all([library.close(), examples.close()]);
  return uri;
}

function variationOf(record: StoredVector, copy: number): StoredVector {
  const noise = unitVector(`${record.id} ${copy}`, record.vector.length);
  const mixed = record.vector.map((value, i) => value + 5 * noise[i]);
  const length = Math.hypot(...mixed);
  const name = record.source;
  const kind = MAGNETIC.test(name) ? "MR" : RADIOGRAPH.test(name) ? "radiograph" : "other";
  return {
    ...record,
    id: `${record.id.slice(0, 40)}-${copy}`,
    vector: mixed.map((value) => value / length),
    labels: { kind },
  };
}

const uri = skip ? "" : await makeLibrary();
const first = skip ? undefined : await startServer(["--library", uri, "--writable"]);
const open = (options = {}, url = first!.url) => openPage(`${url}#adapters`, options);

/** @param others heads that are trained beside logistic regression */
async function trainOn(page: Page, others: readonly string[]): Promise<void> {
  for (const head of others) await page.getByLabel(head).check();
  await page.getByLabel("Epochs").fill("12");
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await page.getByRole("heading", { name: "Operating points" }).waitFor();
}

test("heads are trained on a label, points are moved, a cell shows its pictures, and a click serves it all", {
  skip,
}, async () => {
  const page = await open();
  await trainOn(page, ["Nearest neighbours", "Perceptron"]);
  await page.getByRole("rowheader", { name: /\(kept\)$/ }).waitFor();
  assert.equal(
    await page
      .getByRole("table", { name: /^Heads, measured/ })
      .getByRole("row")
      .count(),
    4,
  );
  assert.equal(await page.getByRole("img", { name: /^Validation AUC: [01](\.\d+)?/ }).count(), 1);

  const slider = page.getByRole("slider", { name: /^Positive from/ });
  const before = await slider.getAttribute("aria-valuetext");
  assert.match(String(before), /^[01]\.\d{3}: sensitivity [01]\.\d{3}, specificity [01]\.\d{3}$/);
  await slider.focus();
  await page.keyboard.press("Home"); // the strictest
  const strictest = await slider.getAttribute("aria-valuetext");
  assert.match(String(strictest), /specificity 1\.000$/);
  const mark = page.locator(".curve .mark.ruleIn").first();
  await mark.scrollIntoViewIfNeeded();
  const [box, plot] = [await mark.boundingBox(), await page.locator(".curve .frame").first().boundingBox()];
  await page.mouse.move(box!.x + box!.width / 2, box!.y + box!.height / 2);
  await page.mouse.down();
  await page.mouse.move(plot!.x + plot!.width, plot!.y, { steps: 5 }); // the laxest
  await page.mouse.up();
  assert.match(String(await slider.getAttribute("aria-valuetext")), /sensitivity 1\.000, specificity 0\.000$/);

  const confusion = page.getByRole("table", { name: /^Confusion, test rows/ });
  await confusion.getByRole("button", { name: /^MR, taken for MR: [1-9]/ }).click();
  await page.locator(".gallery img").first().waitFor();
  await page.screenshot({ path: join(screenshots, "adapters.png"), fullPage: true });

  await page.getByLabel("Name of the deployment").fill("kinds");
  await page.getByRole("button", { name: "Serve it" }).click();
  await page.getByText("kinds answers now, also after a restart.").waitFor();
  const { deployments } = (await (await fetch(`${first!.url}status`)).json()) as {
    deployments: { name: string; classifier: { labels: { label: string; thresholds: { ruleIn: number } }[] } }[];
  };
  const labels = deployments.find(({ name }) => name === "kinds")!.classifier.labels;
  const told = Number((await slider.getAttribute("aria-valuetext"))!.split(":")[0]);
  const [{ label, thresholds }] = labels;
  assert.equal(label, "MR");
  assert.ok(Math.abs(thresholds.ruleIn - told) < 1e-3, "with the point that was chosen");

  const other = await openPage(`${first!.url}#classify`);
  await other.getByRole("combobox", { name: /^By/ }).selectOption("the adapter kinds");
  await other
    .locator("input[type=file]")
    .setInputFiles(["examples/images/mri-brain-axial.png", "examples/images/histology-he.jpg"]);
  await other.getByRole("button", { name: "Classify", exact: true }).click();
  const calls = other.locator(".classified .call");
  await calls.nth(3).waitFor(); // two labels of two images
  for (const call of await calls.allTextContents()) assert.match(call, /^(− negative|\? uncertain|\+ positive)$/);
  for (const colorScheme of ["light", "dark"] as const) {
    await other.emulateMedia({ colorScheme });
    assert.deepEqual(await violations(other), [], colorScheme);
  }
  await other.screenshot({ path: join(screenshots, "classify-adapter.png") });

  await page.getByRole("button", { name: "Remove kinds" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove kinds" }).click();
  await page.getByText("None is served.").waitFor();
});

test("training can be cancelled, and a label that nothing can be learned of is refused with a reason", {
  skip,
}, async () => {
  const page = await open();
  await page.getByLabel("Adapter network").check();
  await page.getByLabel("Epochs").fill("1000");
  await page.getByLabel("Logistic regression").uncheck();
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await page.getByRole("img", { name: /^Loss: / }).waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("Cancelled.").waitFor();
  await page.getByLabel("Adapter network").uncheck();
  await page.getByLabel("Nearest neighbours").check();
  await page.getByLabel("Train, %").fill("1");
  await page.getByLabel("Validation, %").fill("1");
  const refused = page.locator(".failed");
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await refused.waitFor();
  assert.match(String(await refused.textContent()), /another adapter|train row|validation rows|neighbours/);
});

for (const scheme of ["light", "dark"] as const) {
  test(`the adapters are accessible, ${scheme}, and fit a desk and a telephone`, { skip }, async () => {
    const page = await open({ scheme });
    await trainOn(page, ["Perceptron"]);
    await page
      .getByRole("button", { name: /^other, taken for other: [1-9]/ })
      .last()
      .click();
    await page.locator(".gallery img").first().waitFor();
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 900 });
      assert.deepEqual(await violations(page), [], `${width} pixels`);
      assert.equal(await page.evaluate("document.documentElement.scrollWidth > innerWidth"), false);
      await page.screenshot({ path: join(screenshots, `adapters-${scheme}-${width}.png`), fullPage: true });
    }
  });
}

test("a server that goes away ends a training with a word, and trains again when it is back", { skip }, async () => {
  const server = await startServer(["--library", uri]);
  const page = await open({}, server.url);
  await page.getByLabel("Adapter network").check();
  await page.getByLabel("Epochs").fill("1000");
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await page.getByRole("img", { name: /^Loss: / }).waitFor();
  await server.kill();
  await page.getByText("The server broke off in the midst of it.").waitFor();
  await page.getByLabel("Adapter network").uncheck();
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await page.getByText("The server does not answer.").waitFor();
  await startServer(["--library", uri], { port: server.port });
  await page.getByRole("heading", { name: "Operating points" }).waitFor();
  await page.getByText("This server serves no new adapters").waitFor();
});
