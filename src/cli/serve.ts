import { setFlagsFromString } from "node:v8";
import { MedembedError } from "../errors.ts";
import { readConfig } from "../server/config.ts";
import { startServer } from "../server/start-server.ts";
import { startTracing } from "../server/tracing/start-tracing.ts";
import type { Run } from "./flags.ts";
import { modelOptions, text } from "./options.ts";
import { returnFreedMemory } from "./return-freed-memory.ts";

/** After its own time for stopping: a batch inside the runtime cannot be ended, but need not be waited for for ever. */
const LAST_RESORT_MS = 15_000;

/**
 * The heap may grow to three times of what is in use before it is collected. Bodies and pictures lie outside it and count all the
 * same: at the usual third more, all that a server keeps was looked through again after each ten megabytes of them.
 */
const HEAP_GROWTH = "--heap-growing-percent=200";

export const serve: Run = async (_args, options) => {
  setFlagsFromString(HEAP_GROWTH);
  await returnFreedMemory();
  const { model, profile, precision, threads, cacheFolder } = modelOptions(options);
  const flags = {
    host: text(options, "host"),
    port: port(text(options, "port")),
    library: text(options, "library"),
    isWritable: options.writable === true ? true : undefined,
    model,
    profile,
    precision: text(options, "precision") === undefined ? undefined : precision,
    threads: text(options, "threads") === undefined ? undefined : threads,
  };
  const path = text(options, "config");
  const environment = process.env;
  const reread = () => readConfig(path, flags, environment);
  const stopTracing = await startTracing(process.env);
  const server = await startServer({
    config: await reread(),
    reread,
    environment,
    cacheFolder,
    logTo: process.stderr,
  });
  // Without a config there is nothing to reload, and a terminal that is closed ends the server as it ends other programs.
  if (path !== undefined) process.on("SIGHUP", () => server.reload().catch(() => {})); // which has logged it

  const told = new Promise<void>((resolve) => {
    process.once("SIGINT", resolve).once("SIGTERM", resolve); // a second one ends the process at once
  });
  try {
    await Promise.race([told, server.ready.then(() => told)]);
  } finally {
    setTimeout(() => process.exit(1), server.config.limits.stopTimeoutMs + LAST_RESORT_MS).unref();
    await server.stop();
    await stopTracing?.();
  }
  return 0;
};

function port(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (!/^\d{1,5}$/.test(given) || Number(given) > 65_535) {
    throw new MedembedError("usage", `--port ${given} must be a whole number from 0 to 65535`);
  }
  return Number(given);
}
