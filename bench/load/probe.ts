/** Asks `GET /live` every 50 ms in a process of its own, and prints the times in ms as JSON when it is told to end. */
import { Agent, get } from "node:http";
import { setTimeout } from "node:timers/promises";

const EVERY_MS = 50;
const [url] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });
const times: number[] = [];
let failed = 0;
let isOver = false;
process.stdin.resume().on("end", () => {
  isOver = true;
});

while (!isOver) {
  const started = performance.now();
  const status = await new Promise<number | undefined>((resolve) => {
    get(`${url}/live`, { agent }, (response) => response.resume().on("end", () => resolve(response.statusCode))).on(
      "error",
      () => resolve(undefined),
    );
  });
  if (status === 200) times.push(performance.now() - started);
  else failed++;
  await setTimeout(EVERY_MS);
}
agent.destroy();
console.log(JSON.stringify({ times, failed }));
