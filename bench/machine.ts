import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, loadavg, totalmem } from "node:os";
import { isAbsolute, join } from "node:path";

import { sharp } from "../src/formats/sharp.ts";
import { cpu } from "../src/models/cpu.ts";

/** What a figure depends on, for the results file. @param script of package.json */
export function describeRun(script: string, args: readonly string[]) {
  const { version, dependencies } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
    dependencies: Record<string, string>;
  };
  return {
    date: new Date().toISOString(),
    command: [`npm run ${script}`, ...(args.length > 0 ? ["--", ...args.map(withoutPlace)] : [])].join(" "),
    commit: git("rev-parse", "HEAD"),
    /** Whether the sources differ from that commit. */
    isChanged: git("status", "--porcelain", "--", "src") !== "",
    machine: {
      cpu: cpu(),
      cores: availableParallelism(),
      memoryBytes: totalmem(),
      platform: `${process.platform} ${process.arch}`,
      /** Runnable processes in the minute before: 0 on a quiet machine. */
      loadBefore: Number(loadavg()[0].toFixed(2)),
    },
    versions: {
      medembed: version,
      node: process.version,
      onnxruntime: dependencies["onnxruntime-node"],
      sharp: sharp.versions.sharp,
      libvips: sharp.versions.vips,
    },
  };
}

/** Where it lay on this machine is nobody's business. */
function withoutPlace(argument: string): string {
  return isAbsolute(argument) ? "PATH" : argument;
}

function git(...args: string[]): string | undefined {
  try {
    return execFileSync("git", args, { cwd: join(import.meta.dirname, ".."), encoding: "utf8" }).trim();
  } catch {
    return undefined; // an unpacked package has no history
  }
}
