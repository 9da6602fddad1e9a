import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Library } from "../../src/library/library.ts";
import { saveMap } from "../../src/library/library-map.ts";
import { medembed } from "../cli/run.ts";
import { temporaryFolder } from "../golden-small.ts";
import { storedVector } from "../library/synthetic.ts";
import { addExamples, looksRight, openPage, screenshots, skip, startServer } from "./explorer.ts";

const MANY = 10_000;
/** In pixels from the edge of the map, whose corners are round. */
const INSET = 12;

test("a line around records chooses them, and their label is stored in the library", { skip }, async () => {
  const library = join(await temporaryFolder(), "mapped");
  await cp(await addExamples(), library, { recursive: true });
  const { code, stderr } = await medembed(["library", "map", "--library", library]);
  assert.equal(code, 0, stderr);
  const { url, stop } = await startServer(["--library", library, "--writable"]);
  const page = await openPage(`${url}#map`);
  const map = page.getByRole("application", { name: "Map of 16 records" });
  const { x, y, width, height } = (await map.boundingBox())!;
  await page.mouse.move(x + INSET, y + INSET);
  await page.mouse.down();
  for (const [right, down] of [
    [width - INSET, INSET],
    [width - INSET, height - INSET],
    [INSET, height - INSET],
  ]) {
    await page.mouse.move(x + right, y + down);
  }
  await page.mouse.up();
  await page.getByRole("heading", { name: "16 records chosen" }).waitFor();
  await page.locator(".gallery img").first().waitFor();
  await page.screenshot({ path: join(screenshots, "map.png") });

  await page.getByRole("button", { name: "MR 2", exact: true }).click();
  await page.getByRole("heading", { name: "2 records chosen" }).waitFor();
  await page.getByLabel("Label", { exact: true }).fill("finding");
  await page.getByLabel("Value", { exact: true }).fill("none");
  await page.getByRole("button", { name: "Label 2 records" }).click();
  await page.getByRole("button", { name: "none 2", exact: true }).waitFor(); // the legend, by the new label
  await looksRight(`${url}#map`, "map", async (page) => {
    await page.getByRole("application", { name: "Map of 16 records" }).focus();
    await page.keyboard.press("Enter");
    await page.locator(".gallery li").first().scrollIntoViewIfNeeded();
    await page.locator(".gallery img").first().waitFor();
  });
  await stop();
  const opened = await Library.open({ uri: library });
  assert.equal(await opened.count([{ field: "label.finding", operator: "=", values: ["none"] }]), 2);
  await opened.close();
});

test("ten thousand records are drawn, moved and chosen by keyboard alone", { skip }, async () => {
  const uri = join(await temporaryFolder(), "many");
  const examples = await Library.open({ uri: await addExamples() });
  const library = await Library.openOrCreate({ uri }, examples.head);
  const ids = Array.from({ length: MANY }, (_, i) => `record-${i}`);
  await library.insert(
    ids.map((id, i) => {
      const vector = new Float32Array(examples.head.dimensions);
      vector[i % vector.length] = 1;
      return storedVector(id, { vector, facts: { modality: ["CT", "MR", "DX"][i % 3] } });
    }),
  );
  await Promise.all([library.close(), examples.close()]);
  const places = new Map(ids.map((id, i) => [id, [Math.cos(i) * Math.sqrt(i), Math.sin(i) * Math.sqrt(i)] as const]));
  await saveMap({ uri }, { method: "umap", seed: 0, version: 1, made: "2026-11-29T00:00:00Z", places });
  const { url } = await startServer(["--library", uri]);
  const page = await openPage(`${url}#map`, { scheme: "dark" });
  const map = page.getByRole("application", { name: "Map of 10,000 records" });
  await map.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "10000 records chosen, 48 shown" }).waitFor();
  for (let i = 0; i < 6; i++) await page.keyboard.press("+");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: /^[1-9]\d{2,3} records chosen/ }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { name: /chosen/ }).waitFor({ state: "detached" });
  const inks = await page.evaluate(`(() => {
    const canvas = document.querySelector("canvas");
    const gl = canvas.getContext("webgl");
    const pixels = new Uint8Array(4 * canvas.width * canvas.height);
    gl.readPixels(0, 0, canvas.width, canvas.height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    return pixels.filter((value, i) => i % 4 === 3 && value > 0).length;
  })()`);
  assert.ok(Number(inks) > 10_000, `${inks} pixels are drawn`);
  await page.screenshot({ path: join(screenshots, "map-many.png") });
});
