import { openBundle } from "../../src/convert/open-bundle.ts";

// A process of its own for full-size.test.ts: converts a checkpoint and prints what that took.
const [model, cacheFolder] = process.argv.slice(2);
const started = performance.now();
await openBundle({ model, cacheFolder, precision: "fp32" });
const peakBytes = process.resourceUsage().maxRSS * 1024; // given in KiB
console.log(JSON.stringify({ peakBytes, seconds: (performance.now() - started) / 1000 }));
