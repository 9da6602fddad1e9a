import { MAX_INFIDELITY, openBundle } from "../convert/open-bundle.ts";
import { cosine } from "../cosine.ts";
import { Embedder, type EmbedderOptions } from "../embedder.ts";
import { type Bundle, changedFiles } from "../models/bundle.ts";
import { readGolden } from "../models/golden.ts";
import { OFFICIAL_WEIGHTS, PUBLISHED_TEXT } from "../models/published-vector.ts";
import type { Run } from "./flags.ts";
import { modelOptions } from "./options.ts";

/** Allowed difference to the published text vector: float32 noise of the text tower (text 5e-6 at full size). */
const PUBLISHED_TOLERANCE = 5e-6;

interface Check {
  readonly check: string;
  readonly ok: boolean;
  readonly found: string;
}

export const verify: Run = async ([model], options) => {
  const choice = { ...modelOptions(options), model };
  const { folder, card } = await openBundle(choice);
  const changed = await changedFiles({ folder, card });
  const checks: Check[] = [
    {
      check: "files match the hashes of the card",
      ok: changed.length === 0,
      found: changed.length === 0 ? `${Object.keys(card.files).length} files` : `changed: ${changed.join(", ")}`,
    },
  ];

  if (changed.length === 0) checks.push(...(await compareKnownVectors(choice, { folder, card })));

  const isGood = checks.every(({ ok }) => ok);
  if (options.json)
    console.log(JSON.stringify({ model: card.name, folder, precision: card.precision, isGood, checks }, null, 2));
  else {
    console.log(`${card.name}, ${card.precision}, ${folder}`);
    for (const { check, ok, found } of checks) console.log(`${ok ? "ok  " : "FAIL"} ${check}: ${found}`);
    if (isGood && checks.length === 1) console.log("no vectors are known for this model; only its files were checked");
  }
  return isGood ? 0 : 1;
};

/** Recomputes the vectors that the model's makers or Microsoft have published. */
async function compareKnownVectors(choice: EmbedderOptions, { folder, card }: Bundle): Promise<Check[]> {
  const checks: Check[] = [];
  const golden = await readGolden(folder);
  const embedder = await Embedder.open({ ...choice, profile: golden?.profile });
  const compare = async (
    check: string,
    vector: Promise<Float32Array>,
    expected: readonly number[],
    tolerance: number,
  ) => {
    const found = (await vector).subarray(0, expected.length); // published vectors may be cut
    const difference = largestDifference(found, expected);
    const infidelity = 1 - cosine(found, expected);
    // Rungs below fp32 are held to their direction, not to their values.
    const ok = card.precision === "fp32" ? difference <= tolerance : infidelity <= MAX_INFIDELITY;
    checks.push({
      check,
      ok,
      found: `largest difference ${difference.toExponential(1)}, 1 - cosine ${infidelity.toExponential(1)}`,
    });
  };
  try {
    for (const [i, { png, vector }] of (golden?.images ?? []).entries()) {
      await compare(
        `golden image ${i + 1} (${golden?.source})`,
        embedder.embedImage(Buffer.from(png, "base64")),
        vector,
        golden?.tolerance ?? 0,
      );
    }
    for (const [i, { text, vector }] of (golden?.texts ?? []).entries()) {
      await compare(
        `golden text ${i + 1} (${golden?.source})`,
        embedder.embedText(text),
        vector,
        golden?.tolerance ?? 0,
      );
    }
    if (card.weights === OFFICIAL_WEIGHTS) {
      await compare(
        "text vector published by Microsoft",
        embedder.embedText(PUBLISHED_TEXT.text),
        PUBLISHED_TEXT.vector,
        PUBLISHED_TOLERANCE,
      );
    }
  } finally {
    await embedder.close();
  }
  return checks;
}

function largestDifference(a: Float32Array, b: readonly number[]): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i])), 0);
}
