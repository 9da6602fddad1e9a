import { text } from "node:stream/consumers";
import { cachedBundle } from "../../src/convert/bundle-cache.ts";
import { locateCheckpoint } from "../../src/models/checkpoint-folder.ts";

// A process of its own for bundle-cache.test.ts: says that it is ready, waits for the start, prints the bundle's folder.
const [model, cacheFolder] = process.argv.slice(2);
const checkpoint = await locateCheckpoint(model);
console.log("ready");
await text(process.stdin);
const { folder } = await cachedBundle(checkpoint, { precision: "fp32", cacheFolder });
console.log(folder);
