import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

/** Reads the log of a server that has been started. @returns its port, once it is ready; rejects when it ends before */
export function untilReady({ stderr }: ChildProcess): Promise<number> {
  const lines: string[] = [];
  return new Promise((resolve, reject) => {
    let port: number | undefined;
    createInterface({ input: stderr! })
      .on("line", (line) => {
        lines.push(line);
        const [, found] = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(line) ?? [];
        if (found !== undefined) port = Number(found);
        if (port !== undefined && line.includes('"msg":"ready"')) resolve(port);
      })
      .once("close", () => reject(new Error(`it ended before it was ready:\n${lines.join("\n")}`)));
  });
}
