import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { moved, readDeployFile } from "./deploy-file.ts";

interface HaproxyOptions {
  /** Holds its config and sockets. */
  readonly folder: string;
  /** Certificate and key in one file. */
  readonly certificate: string;
  /** Of this machine: 8443 with TLS and 8080 without are listened on. */
  readonly address: string;
  /** Of the two servers. */
  readonly servers: { readonly one: string; readonly two: string };
}

interface ServerState {
  readonly isUp: boolean;
  /** Calls that it has now. */
  readonly calls: number;
  /** Calls that it has ever had. */
  readonly total: number;
  /** Calls that went to another one because this one failed. */
  readonly passedOn: number;
}

/** A real haproxy on deploy/haproxy.cfg with other addresses; it ends with the tests of the file. */
export class Haproxy {
  readonly #socketPath: string;
  readonly #process: ChildProcess;

  static async start({ folder, certificate, address, servers }: HaproxyOptions): Promise<Haproxy> {
    const socketPath = join(folder, "admin.sock");
    const path = join(folder, "haproxy.cfg");
    const bind = "bind :8443 ssl crt /etc/haproxy/medembed.pem alpn h2,http/1.1";
    const config = moved(readDeployFile("haproxy.cfg"), {
      [bind]: `bind ${address}:8080\n${bind.replace(":8443", `${address}:8443`).replace("/etc/haproxy/medembed.pem", certificate)}`,
      "/run/haproxy/admin.sock": socketPath,
      "10.0.0.11:8080": servers.one,
      "10.0.0.12:8080": servers.two,
      ...(process.getuid?.() !== 0 && { "user haproxy": "", "group haproxy": "" }),
    });
    await writeFile(path, config);
    const checked = spawnSync("haproxy", ["-c", "-f", path], { encoding: "utf8" });
    if (checked.status !== 0 || /WARNING/.test(checked.stderr)) throw new Error(`it complains:\n${checked.stderr}`);
    const child = spawn("haproxy", ["-db", "-f", path], { stdio: "ignore" });
    const ended = once(child, "exit");
    after(async () => {
      child.kill("SIGTERM");
      await ended;
    });
    const haproxy = new Haproxy(socketPath, child);
    await haproxy.until(async () => (await haproxy.tell("show info")).includes("Version"));
    return haproxy;
  }

  private constructor(socketPath: string, child: ChildProcess) {
    this.#socketPath = socketPath;
    this.#process = child;
  }

  /** Gives it a command of its runtime API. @returns its answer */
  async tell(command: string): Promise<string> {
    const socket = connect(this.#socketPath);
    socket.end(`${command}\n`);
    return text(socket);
  }

  async stateOf(server: string): Promise<ServerState> {
    const [head, ...lines] = (await this.tell("show stat")).trim().split("\n");
    const names = head.replace("# ", "").split(",");
    const values = lines
      .map((line) => line.split(","))
      .find(([proxy, name]) => proxy === "medembed" && name === server)!;
    const read = (name: string) => values[names.indexOf(name)];
    return {
      isUp: read("status") === "UP",
      calls: Number(read("scur")),
      total: Number(read("stot")),
      passedOn: Number(read("wredis")),
    };
  }

  /** Waits for something that can be asked for, which may fail until then. */
  async until(isSo: () => Promise<boolean>): Promise<void> {
    while (!(await isSo().catch(() => false))) {
      if (this.#process.exitCode !== null) throw new Error("haproxy has ended");
      await sleep(20);
    }
  }
}
