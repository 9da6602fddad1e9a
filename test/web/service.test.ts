import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../golden-small.ts";
import { addExamples, openPage, screenshots, skip, startServer, violations } from "./explorer.ts";

const KEY = "a-very-good-key";

/** With a key that has a quota. */
async function writeConfig(): Promise<string> {
  const path = join(await temporaryFolder(), "medembed.yaml");
  await writeFile(
    path,
    `port: 0
keys: { primary: ${KEY}, named: { pacs: { key: another-key, requestsPerMinute: 600, maxPending: 8 } } }
libraries: { examples: { uri: ${JSON.stringify(await addExamples())} } }
deployments: { default: { profile: "direct;rendering=dicom" } }
`,
  );
  return path;
}

const server = skip ? undefined : await startServer(["--config", await writeConfig()]);
const open = async (options = {}, url = server!.url) => {
  const page = await openPage(`${url}#service`, options);
  await page.getByRole("dialog", { name: "This server needs a key" }).getByLabel("Key").fill(KEY);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Deployments" }).waitFor();
  return page;
};

test("the service view shows deployments, keys by name and what goes on, and never a key", { skip }, async () => {
  const page = await open();
  await page.getByRole("row", { name: /^default ready medembed-nano int8 .* vectors/ }).waitFor();
  await page.getByRole("row", { name: /^primary – / }).waitFor();
  await page.getByRole("row", { name: /^pacs .*0 of 600 0 of 8 0$/ }).waitFor();
  assert.equal(await page.locator(".chart svg").count(), 5);
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText(/^Answered after \d+ ms$/).waitFor();
  assert.match(
    String(await page.getByRole("region", { name: "Answer" }).textContent()),
    /"text_features": \[[\s\S]*… 1020 more/,
  );
  await page.getByRole("img", { name: /^Time of a call: median [\d.,]+ ms/ }).waitFor(); // the chart has seen it
  assert.doesNotMatch(String(await page.locator("body").textContent()), /good-key|another-key/);
});

test("a request is shown as programs send it, with the file that was chosen", { skip }, async () => {
  const page = await open();
  await page.getByLabel("Text", { exact: true }).fill(`a "lung" of O'Neill`);
  const curl = page.getByRole("region", { name: "curl" });
  assert.match(String(await curl.textContent()), /"Authorization: Bearer \$MEDEMBED_KEY"[\s\S]*O'\\''Neill/);
  await page.locator("input[type=file]").setInputFiles("examples/images/ct-head.png");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText(/^Answered after/).waitFor();
  assert.match(String(await page.getByRole("region", { name: "Answer" }).textContent()), /"image_features"/);
  for (const language of ["curl", "Python", "TypeScript"]) {
    const code = String(await page.getByRole("region", { name: language }).textContent());
    assert.match(code, /ct-head\.png/);
    assert.match(code, /MEDEMBED_KEY/);
  }
});

test("a server that goes away is waited for, and the view goes on when it is back", { skip }, async () => {
  const env = { MEDEMBED_KEY: KEY };
  const args = ["--library", await addExamples()];
  const away = await startServer(args, { env });
  const page = await open({}, away.url);
  await away.kill();
  await page.getByText("The server does not answer.").waitFor();
  await startServer(args, { env, port: away.port });
  await page.getByText("The server does not answer.").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText(/^Answered after/).waitFor();
});

for (const scheme of ["light", "dark"] as const) {
  test(`the service view is accessible, ${scheme}, and fits a desk and a telephone`, { skip }, async () => {
    const page = await open({ scheme });
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText(/^Answered after/).waitFor();
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 900 });
      assert.deepEqual(await violations(page), [], `${width} pixels`);
      assert.equal(await page.evaluate("document.documentElement.scrollWidth > innerWidth"), false);
      await page.screenshot({ path: join(screenshots, `service-${scheme}-${width}.png`), fullPage: true });
    }
  });
}
