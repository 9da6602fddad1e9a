import { MedembedError } from "../errors.ts";

/**
 * Tells on stderr how far the building of a model has come. Ctrl-C ends the build in an orderly way, so that nothing
 * half-built stays in the cache.
 * @param title e.g. "building"
 * @returns what is called with the share done; throws MedembedError "cancelled" after an interruption
 */
export function buildProgress(title: string): (done: number) => void {
  let isInterrupted = false;
  let lastShown = -1;
  const interrupt = () => {
    isInterrupted = true;
  };
  return (done) => {
    if (lastShown < 0) process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
    if (done >= 1) process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    if (isInterrupted) throw new MedembedError("cancelled", "interrupted; what was built so far is removed");
    const percent = Math.floor(done * 10) * 10;
    if (percent === lastShown) return;
    lastShown = percent;
    console.error(`${title}: ${percent} %`);
  };
}
