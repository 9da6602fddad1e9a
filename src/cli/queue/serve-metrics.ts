import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";
import { MedembedError } from "../../errors.ts";

const ADDRESS = /^(?:(.+):)?(\d{1,5})$/;
const LOOPBACK = "127.0.0.1";
/** Of a registry that asks a queue which is away. */
const TIMEOUT_MS = 5_000;

/**
 * Answers `GET /metrics`, and `GET /live` while the event loop turns.
 * @param address `port` on this machine alone, or `host:port`; port 0 takes any that is free
 * @returns where, and what ends it
 * @throws MedembedError "usage" for what is no address or cannot be had
 */
export async function serveMetrics(
  address: string,
  registry: Registry,
): Promise<{ readonly url: string; readonly close: () => void }> {
  const [, host = LOOPBACK, port] = ADDRESS.exec(address) ?? [];
  if (port === undefined) throw new MedembedError("usage", `--metrics ${address} is neither a port nor host:port`);
  const server = createServer({ requestTimeout: TIMEOUT_MS }, async (request, response) => {
    if (request.method !== "GET") return response.writeHead(405).end();
    if (request.url === "/live") return response.end("live\n");
    if (request.url !== "/metrics") return response.writeHead(404).end();
    try {
      const text = await withinTime(registry.metrics());
      response.setHeader("Content-Type", registry.contentType).end(text);
    } catch {
      response.writeHead(503).end("the queue is away\n");
    }
  });
  server.listen(Number(port), host.replace(/^\[|\]$/g, ""));
  await once(server, "listening").catch((cause: NodeJS.ErrnoException) => {
    throw new MedembedError("usage", `--metrics ${address} cannot be had: ${cause.code}`, { cause });
  });
  const { port: found } = server.address() as AddressInfo;
  return { url: `http://${host}:${found}/metrics`, close: () => server.close().closeAllConnections() };
}

function withinTime(text: Promise<string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(reject, TIMEOUT_MS);
    text.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
