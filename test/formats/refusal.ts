import assert from "node:assert/strict";
import { MedembedError } from "../../src/errors.ts";

/** What any file may take of the processor; and by the clock, of which a busy machine gives a small share. */
const MAX_CPU_MS = 2_000;
const MAX_MS = 120_000;

/** What a file is refused with, if it is, and that in time. */
export async function refusal(name: string, read: () => void | Promise<void>): Promise<string | undefined> {
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  try {
    await read();
    return undefined;
  } catch (error) {
    if (!(error instanceof MedembedError)) throw new Error(name, { cause: error });
    return error.code;
  } finally {
    const took = performance.now() - started;
    const { user, system } = process.cpuUsage(cpu);
    assert.ok(
      took < MAX_MS && (user + system) / 1000 < MAX_CPU_MS,
      `${name} took ${took} ms, ${user + system} µs of processor`,
    );
  }
}
