import assert from "node:assert/strict";
import { test } from "node:test";
import { EXPLORER_PAGES } from "../../src/server/explorer/pages.ts";
import { serve } from "./serving.ts";

const { app } = await serve(undefined, { keys: ["good-key"] });

test("the page is there without a key, while the model loads, and allows nothing inline or from elsewhere", async () => {
  const page = await app.inject("/");
  assert.equal(page.statusCode, 200);
  assert.equal(page.headers["cache-control"], "no-cache");
  const policy = String(page.headers["content-security-policy"]);
  assert.match(policy, /^default-src 'none';/);
  assert.doesNotMatch(policy, /unsafe|http|\*|data:/);
  assert.doesNotMatch(page.body, /https?:|<script(?! type="module" src=)| style=| on\w+=/);
});

test("what the page names is there, with its type, and may be kept for ever", async () => {
  const { body } = await app.inject("/");
  const named = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path);
  const kinds = { js: /^text\/javascript/, css: /^text\/css/, svg: /^image\/svg/ };
  assert.equal(named.length, 3);
  for (const path of named) {
    const asset = await app.inject(`/${path}`);
    assert.equal(asset.statusCode, 200, path);
    assert.match(path, /^assets\/[\w-]+-[A-Z0-9]{8}\.\w+$/);
    assert.match(String(asset.headers["content-type"]), kinds[path.split(".").at(-1) as keyof typeof kinds]);
    assert.match(String(asset.headers["cache-control"]), /immutable/);
    assert.equal(asset.headers["x-content-type-options"], "nosniff");
  }
});

test("no path leads out of the page's files", async () => {
  const [name] = Object.keys(EXPLORER_PAGES).filter((path) => path.startsWith("/assets/"));
  for (const path of [
    "/assets",
    "/assets/",
    "/assets/../index.html",
    "/assets/..%2findex.html",
    "/assets/%2e%2e/%2e%2e/package.json",
    "/index.html",
    `${name}%00`,
    "/assets/__proto__",
  ]) {
    const response = await app.inject(path);
    assert.ok([400, 404].includes(response.statusCode), `${path} gives ${response.statusCode}`);
  }
});
