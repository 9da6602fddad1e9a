import assert from "node:assert/strict";
import { test } from "node:test";
import { explainNone } from "../../src/cli/library/explain-none.ts";
import { parseCondition } from "../../src/library/filter.ts";
import { Library } from "../../src/library/library.ts";
import { freshPlace, SPACE, storedVector } from "../library/synthetic.ts";

test("conditions that no record meets are explained by the labels and values that there are", async () => {
  const library = await Library.openOrCreate({ uri: await freshPlace() }, SPACE);
  await library.insert([
    storedVector("a", { labels: { finding: "effusion", quality: "accepted" } }),
    storedVector("b", { labels: { finding: "none" } }),
  ]);
  const explain = (...conditions: string[]) => explainNone(library, conditions.map(parseCondition));
  assert.equal(await explain("label.findng=none"), "; no record has a label findng, did you mean finding?");
  assert.equal(
    await explain("label.finding=effusion|efusion"),
    "; no record has the value efusion of label.finding, did you mean effusion?",
  );
  assert.equal(await explain("label.stage=3"), "; no record has a label stage");
  assert.equal(await explain("modality=CT", "label.finding!=none", "label.quality="), "", "nothing to say");
  await library.close();
});
