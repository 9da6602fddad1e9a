import { signal } from "@preact/signals";

/** How often a server that does not serve is asked again. */
const AGAIN_MS = 1_500;

/** Whether the server answers: away is no answer at all, loading is a server that is not ready yet. */
export const connection = signal<"open" | "loading" | "away">("open");

let waiting: Promise<void> | undefined;

/** Resolves when the server serves again. @throws the signal's reason */
export function untilBack(found: "loading" | "away", signal: AbortSignal): Promise<void> {
  connection.value = found;
  waiting ??= askUntilReady().finally(() => {
    waiting = undefined;
  });
  return Promise.race([waiting, aborted(signal)]);
}

async function askUntilReady(): Promise<void> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    const response = await fetch("ready", { cache: "no-store" }).catch(() => undefined);
    connection.value = response?.ok ? "open" : response ? "loading" : "away";
    if (response?.ok) return;
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
