// `node --import bench/tell-peak.mjs program`: on its end the program writes the peak of its resident memory to stderr.
import { readFileSync } from "node:fs";

process.on("exit", () => process.stderr.write(`\npeak ${peakKibibytes()}`));

/** Linux hands the parent's peak on to the child in `maxRSS`; its own stands in /proc. */
function peakKibibytes() {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS;
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))[1]);
}
