import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { AGGREGATES } from "../../src/applications/volumes/aggregate.ts";
import { PLANE_NAMES } from "../../src/formats/volume/orientation.ts";
import { FINDING_CODES } from "../../src/formats/volume/volume.ts";
import { RENDERINGS, renderingOf } from "../../src/profiles/renderings/renderings.ts";

const page = readFileSync(new URL("../../docs/volumes.md", import.meta.url), "utf8");

test("the page on volumes names every plane, aggregate and finding, and every rendering of NIfTI", () => {
  const names = Object.keys(RENDERINGS) as (keyof typeof RENDERINGS)[];
  const renderings = names.filter((name) => renderingOf(name).niftiCut);
  assert.ok(renderings.length >= 2);
  for (const name of [...PLANE_NAMES, ...Object.keys(AGGREGATES), ...FINDING_CODES, ...renderings]) {
    assert.ok(page.includes(`\`${name}\``), name);
  }
});
