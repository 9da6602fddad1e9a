import type { ChildProcess } from "node:child_process";
import { EventEmitter } from "node:events";
import { createInterface } from "node:readline";

interface ReadyServer {
  /** Where it listens. */
  readonly url: URL;
  /** What it has logged so far, one object a line. */
  // biome-ignore lint/suspicious/noExplicitAny: what is logged is what the tests find out
  readonly logged: any[];
  /** Each line that it logs from now on, under its message. */
  readonly log: EventEmitter;
}

/**
 * Reads the log of a server in a process of its own, all lines of which are JSON. Rejects when it ends before it is ready.
 * @param told the last thing that it says before it is
 */
export function untilReady({ stderr }: Pick<ChildProcess, "stderr">, told = "ready"): Promise<ReadyServer> {
  const logged: ReadyServer["logged"] = [];
  const log = new EventEmitter();
  return new Promise((resolve, reject) => {
    createInterface({ input: stderr! })
      .on("line", (text) => {
        const line = JSON.parse(text);
        logged.push(line);
        log.emit(line.msg, line);
        if (line.msg !== told) return;
        const [address] = logged.flatMap(({ msg }) => /^listening on (\S+)$/.exec(msg)?.[1] ?? []);
        resolve({ url: new URL(address), logged, log });
      })
      .once("close", () => reject(new Error(`it ended before it was ready:\n${JSON.stringify(logged)}`)));
  });
}
