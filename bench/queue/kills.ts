import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { killWorkers } from "../../test/queue/kill-workers.ts";
import { PROGRAM } from "../child.ts";
import { mulberry32 } from "../library/clustered-vectors.ts";
import type { QueueBench } from "./main.ts";

/** So many that the run is not over before the last kill. */
const PICTURES_A_KILL = 250;

/** @throws Error where a file is missing or there twice */
export async function measureKills({ folder, server, kills }: QueueBench) {
  await mkdir(folder, { recursive: true });
  const report = await killWorkers({
    folder: join(folder, "run"),
    command: [process.execPath, PROGRAM],
    common: ["--key", join(folder, "identities.key")],
    queue: server.url,
    pictures: kills * PICTURES_A_KILL,
    kills,
    random: mulberry32(kills),
  });
  return {
    kills: report.kills,
    killSeconds: report.seconds,
    killDeliveries: report.deliveries,
    killSettled: report.settled,
  };
}
