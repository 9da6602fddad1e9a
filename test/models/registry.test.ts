import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readCard } from "../../src/models/card.ts";
import { locateCheckpoint } from "../../src/models/checkpoint-folder.ts";
import { DEFAULT_MODEL, modelFolder, shippedModels } from "../../src/models/registry.ts";
import { parseProfile } from "../../src/profiles/profiles.ts";
import { temporaryFolder } from "../golden-small.ts";

test("the default model ships, and every shipped model is a whole checkpoint with a card of its name", async () => {
  const names = await shippedModels();
  assert.ok(names.includes(DEFAULT_MODEL));
  for (const name of names) {
    const { card } = await locateCheckpoint(await modelFolder(name));
    assert.ok(card, `${name} has a card.json`);
    const { name: ownName, defaultProfile, licence, intendedUse } = await readCard(card);
    assert.equal(ownName, name);
    parseProfile(defaultProfile);
    assert.ok(licence && intendedUse, `${name} says who may use it for what`);
  }
});

test("any folder is a model by its path; everything else is not found", async () => {
  const folder = await temporaryFolder();
  assert.equal(await modelFolder(folder), folder);
  await writeFile(join(folder, "file"), "");
  for (const name of [join(folder, "file"), join(folder, "nowhere"), "no-such-model", ""]) {
    await assert.rejects(modelFolder(name), { code: "not-found", message: /nor one of .*medembed-nano/ });
  }
});
