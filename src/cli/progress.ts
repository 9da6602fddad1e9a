/** How often a terminal line is redrawn, and how often a plain line is written elsewhere. */
const REDRAW_MS = 200;
const PLAIN_LINE_MS = 10_000;
const BAR_WIDTH = 24;

/** Shows on stderr how far long work has come, with rate and time left: a bar on a terminal, a line now and then elsewhere. */
export class Progress {
  readonly #unit: string;
  readonly #started = performance.now();
  readonly #interval: number;
  #lastShown: number;
  #done = 0;
  #total: number | undefined;

  /** @param unit plural, e.g. "inputs" */
  constructor(unit: string) {
    this.#unit = unit;
    this.#interval = process.stderr.isTTY ? REDRAW_MS : PLAIN_LINE_MS;
    this.#lastShown = this.#started;
  }

  /** What was added. */
  get done(): number {
    return this.#done;
  }

  set total(total: number) {
    this.#total = total;
  }

  add(count: number): void {
    this.#done += count;
    const now = performance.now();
    if (now - this.#lastShown < this.#interval) return;
    this.#lastShown = now;
    const rate = (1000 * this.#done) / Math.max(1, now - this.#started);
    const line = progressLine(this.#done, this.#total, rate, this.#unit);
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
  }

  /** Writes a line above the bar. */
  note(message: string): void {
    noteAboveBar(message);
  }

  /** Seconds since the start; also takes the bar away. */
  end(): number {
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
    return (performance.now() - this.#started) / 1000;
  }
}

/** Writes a line on standard error in the place of a bar, if there is one, which is drawn anew below it. */
export function noteAboveBar(message: string): void {
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${message}\n` : `${message}\n`);
}

/** E.g. `[######------] 4,200 of 10,000 inputs, 103/s, 56 s left` @param rate a second */
export function progressLine(done: number, total: number | undefined, rate: number, unit: string): string {
  const speed = `${rate.toFixed(rate < 10 ? 1 : 0)}/s`;
  if (total === undefined || total === 0) return `${count(done)} ${unit}, ${speed}`;
  const filled = Math.round((Math.min(done, total) / total) * BAR_WIDTH);
  const left = rate > 0 ? `, ${duration((total - done) / rate)} left` : "";
  return `[${"#".repeat(filled)}${"-".repeat(BAR_WIDTH - filled)}] ${count(done)} of ${count(total)} ${unit}, ${speed}${left}`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
