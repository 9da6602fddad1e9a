import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { temporaryFolder } from "../golden-small.ts";

/** Where Debian's packages orthanc and orthanc-dicomweb put them. */
const PROGRAM = "/usr/sbin/Orthanc";
const PLUGIN = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so";

export const isOrthancInstalled = existsSync(PROGRAM) && existsSync(PLUGIN);

export interface Orthanc {
  /** Of its DICOMweb service. */
  readonly url: string;
  readonly credentials: { readonly user: string; readonly password: string };
  /** Stores files, by Orthanc's own interface. */
  store(files: readonly Uint8Array[]): Promise<void>;
}

/** A real server on a free port of this machine, with its own storage; it ends with the tests of the file. */
export async function startOrthanc(): Promise<Orthanc> {
  const folder = await temporaryFolder();
  const port = await freePort();
  const credentials = { user: "reader", password: "a:colon and Ümlaut" };
  const config = {
    StorageDirectory: folder,
    IndexDirectory: folder,
    HttpPort: port,
    DicomServerEnabled: false,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: true,
    RegisteredUsers: { [credentials.user]: credentials.password },
    Plugins: [PLUGIN],
    DicomWeb: { Enable: true, Root: "/dicom-web/" },
  };
  await writeFile(join(folder, "orthanc.json"), JSON.stringify(config));
  const server = spawn(PROGRAM, [join(folder, "orthanc.json")], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(server, "exit");
  after(async () => {
    server.kill();
    await ended;
  });
  await untilStarted(server.stderr);
  const authorization = `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString("base64")}`;
  return {
    url: `http://127.0.0.1:${port}/dicom-web`,
    credentials,
    store: async (files) => {
      for (const file of files) {
        const body = new Uint8Array(file);
        const answer = await fetch(`http://127.0.0.1:${port}/instances`, {
          method: "POST",
          headers: { authorization },
          body,
        });
        if (!answer.ok) throw new Error(`Orthanc does not store it: ${answer.status}`);
        await answer.arrayBuffer();
      }
    },
  };
}

/** It says so in its log. */
async function untilStarted(log: NodeJS.ReadableStream): Promise<void> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: log })) {
    lines.push(line);
    if (line.includes("Orthanc has started")) {
      log.resume();
      return;
    }
  }
  throw new Error(`Orthanc did not start:\n${lines.slice(-5).join("\n")}`);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as { port: number };
  probe.close();
  return port;
}
