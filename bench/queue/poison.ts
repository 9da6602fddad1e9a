import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { killWorkers } from "../../test/queue/kill-workers.ts";
import { PROGRAM } from "../child.ts";
import type { QueueBench } from "./main.ts";

/** Two workers, of which none is killed, and files of which every hundredth is no picture. @throws Error where a file is missing or there twice */
export async function measurePoison({ folder, server, poisoned }: QueueBench) {
  await mkdir(folder, { recursive: true });
  const { seconds, deliveries, settled } = await killWorkers({
    folder: join(folder, "run"),
    command: [process.execPath, PROGRAM],
    common: ["--key", join(folder, "identities.key")],
    queue: server.url,
    pictures: poisoned,
    kills: 0,
    random: () => 0,
  });
  return {
    poisonedFiles: poisoned,
    poisonedSeconds: seconds,
    poisonedFilesASecond: poisoned / seconds,
    poisonedDeliveries: deliveries,
    poisonedSettled: settled,
  };
}
