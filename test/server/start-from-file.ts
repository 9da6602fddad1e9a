import { readConfig } from "../../src/server/config.ts";
import { type RunningServer, startServer } from "../../src/server/start-server.ts";
import { collectLog } from "./serving.ts";

interface StartedServer {
  readonly server: RunningServer;
  readonly url: string;
  /** What was logged, one object a line. */
  // biome-ignore lint/suspicious/noExplicitAny: what is logged is what the tests find out
  readonly logged: any[];
}

/** A server on a config file that the test may change; it listens, but may still be loading. */
export async function startFromFile(path: string, cacheFolder: string): Promise<StartedServer> {
  const { logged, logTo } = collectLog();
  const reread = () => readConfig(path, {}, {});
  const server = await startServer({ config: await reread(), reread, environment: {}, cacheFolder, logTo });
  const [url] = logged.flatMap(({ msg }) => /^listening on (\S+)$/.exec(msg)?.[1] ?? []);
  return { server, url, logged };
}
