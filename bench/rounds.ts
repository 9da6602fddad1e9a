import { cpus } from "node:os";

/** Something to time. */
export interface Case {
  /** How many items one run handles. */
  readonly units: number;
  readonly run: () => Promise<void>;
  /** CPU time so far of the process that does the work, in seconds. Default: of this one. */
  readonly cpuSeconds?: () => number | Promise<number>;
}

/** Seconds for one unit, one number a round. */
export interface Samples {
  readonly wall: number[];
  /** CPU time of the whole process that does the work, all threads together. */
  readonly cpu: number[];
}

export interface Rounds<Name extends string> {
  readonly samples: Readonly<Record<Name, Samples>>;
  /** What other processes took of the machine's cores, one number a round, 0 to 1: figures of a busy machine are low. */
  readonly shareOfOthers: readonly number[];
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Effort {
  /** Short cases are repeated until a round of them takes about so long. */
  readonly caseMs: number;
  readonly minRounds: number;
  readonly maxRounds: number;
  /** No new round is begun after so long, once the least number is done. */
  readonly budgetMs: number;
}

/**
 * Times all cases in turn, round after round, in alternating order: a busy moment of the machine touches all alike, so
 * ratios between them mean more than the numbers themselves.
 */
export async function measureInRounds<Name extends string>(
  cases: Readonly<Record<Name, Case>>,
  { caseMs, minRounds, maxRounds, budgetMs }: Effort,
): Promise<Rounds<Name>> {
  const entries: { repeats: number; samples: Samples; one: Case; name: Name }[] = [];
  for (const [name, one] of Object.entries(cases) as [Name, Case][]) {
    await one.run(); // loads models, compiles code
    const started = performance.now();
    await one.run();
    const repeats = Math.max(1, Math.round(caseMs / (performance.now() - started)));
    entries.push({ name, one, repeats, samples: { wall: [], cpu: [] } });
  }
  const shareOfOthers: number[] = [];
  const started = performance.now();
  for (let round = 0; round < maxRounds; round++) {
    if (round >= minRounds && performance.now() - started > budgetMs) break;
    const tellOthers = watchOthers();
    for (const { one, repeats, samples } of round % 2 === 0 ? entries : entries.toReversed()) {
      const { wall, cpu } = await time(one, repeats);
      samples.wall.push(wall);
      samples.cpu.push(cpu);
    }
    shareOfOthers.push(tellOthers());
  }
  const samples = Object.fromEntries(entries.map((entry) => [entry.name, entry.samples])) as Record<Name, Samples>;
  return { samples, shareOfOthers };
}

async function time(
  { units, run, cpuSeconds = ownCpuSeconds }: Case,
  repeats: number,
): Promise<{ wall: number; cpu: number }> {
  const cpuBefore = await cpuSeconds();
  const started = performance.now();
  for (let i = 0; i < repeats; i++) await run();
  const wall = (performance.now() - started) / 1e3;
  const cpu = (await cpuSeconds()) - cpuBefore;
  return { wall: wall / units / repeats, cpu: cpu / units / repeats };
}

function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** @returns asked later: the share of the cores' time since now that was neither idle nor this process's */
function watchOthers(): () => number {
  const idleMs = () => cpus().reduce((sum, { times }) => sum + times.idle, 0);
  const [idleBefore, cpuBefore, started] = [idleMs(), process.cpuUsage(), performance.now()];
  return () => {
    const { user, system } = process.cpuUsage(cpuBefore);
    const available = cpus().length * (performance.now() - started);
    return Math.max(0, 1 - (idleMs() - idleBefore + (user + system) / 1e3) / available);
  };
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
  return { median, min: sorted[0], max: sorted[sorted.length - 1] };
}
