// Zero-shot classification through an endpoint: which of the prompts does each picture fit best?
//
//     npx medembed serve                                        (in another terminal; or any MedImageInsight endpoint)
//     node examples/client.mjs http://127.0.0.1:8080 examples/images/*.png
//
// The key, if the endpoint needs one, comes from MEDEMBED_KEY.
import { readFile } from "node:fs/promises";
import { MedembedClient } from "medembed/client";

const PROMPTS = ["computed tomography head", "magnetic resonance imaging", "x-ray chest", "ultrasound"];

const [, , endpoint, ...files] = process.argv;
const client = new MedembedClient({ endpoint, key: process.env.MEDEMBED_KEY });
const prompts = await client.score(PROMPTS.map((text) => ({ text })));

const rows = files.map((file) => ({ file, image: () => readFile(file) })); // read when its turn has come
for await (const { row, result, error } of client.scoreAll(rows)) {
  if (error) {
    console.log(`${row.file}: failed: ${error.message}`);
    continue;
  }
  const weights = prompts.map(({ text, scalingFactor }) => Math.exp(Math.exp(scalingFactor) * dot(result.image, text)));
  const best = weights.indexOf(Math.max(...weights));
  const probability = weights[best] / weights.reduce((sum, weight) => sum + weight);
  console.log(`${row.file}: ${PROMPTS[best]} (${(100 * probability).toFixed(0)} %)`);
}

/** The cosine: all vectors have length 1. */
function dot(a, b) {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}
