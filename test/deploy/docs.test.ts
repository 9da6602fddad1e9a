import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { globSync } from "tinyglobby";
import { deployFile, REPOSITORY } from "./deploy-file.ts";

const page = readFileSync(join(REPOSITORY, "docs/deploy.md"), "utf8");

test("the page on deploying names every file, and no file that is not there", () => {
  for (const file of globSync("**", { cwd: deployFile("."), ignore: ["medembed.env", "tls/**", "helm/**"] })) {
    assert.ok(page.includes(file.replace("kubernetes/", "")), file);
  }
  assert.ok(page.includes("deploy/helm/medembed"));
  for (const [, link] of page.matchAll(/\]\(\.\.\/(.+?)\)/g)) assert.ok(existsSync(join(REPOSITORY, link)), link);
  for (const [file] of page.matchAll(/\bdeploy\/[\w/]+\.(?:yaml|service|conf)\b/g)) {
    assert.ok(existsSync(join(REPOSITORY, file)), file);
  }
});
