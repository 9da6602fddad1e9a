import type { ErrorCode } from "../errors.ts";
import type { Redis } from "../redis/redis.ts";
import { timeOf } from "../redis/server-time.ts";
import type { RunSpec } from "./run-spec.ts";
import { pack, type Shard, type ShardInput, unpack } from "./shard.ts";

/** What is left of a run that nobody ended is gone a month after its last shard. */
const FORGOTTEN_AFTER_S = 30 * 86_400;

const PREFIX = "medembed:";
const RUNS = `${PREFIX}runs`;
/** What Redis keeps of a run beside its fields: ids of shards in order, of those not settled, what became of the others, contents, inputs
 * settled by minute, and the latest lines of workers. */
const PARTS = ["list", "open", "outcomes", "announced", "pace", "lines"] as const;
/** The rate of a run is that of the last minutes: one that was paused, or has got more workers, is not what it was. */
const PACE_MINUTES = 5;
/** Before the code, in names of fields that count failures by their reasons. */
const FAILED_BY = "failed ";

/** What has become of an input: path, and the id of its record or why there is none. */
export type InputOutcome =
  | readonly [path: string, outcome: "stored" | "known", id: string, more?: RecordDetails]
  | readonly [path: string, outcome: "failed", code: ErrorCode, reason: string, more?: InputDetails];

/** Why an input has no outcome when the deadline of its run has passed. */
export const LATE = { code: "deadline-passed", reason: "it was not begun by the deadline" } as const;

export interface InputDetails {
  /** What messages call it, if they do not repeat its path. */
  readonly name?: string;
}

/** What is told of a volume or series beside its id. */
export interface RecordDetails extends InputDetails {
  /** That its vector is of. */
  readonly slices?: number;
  readonly findings?: readonly string[];
  /** Files of a series that its record is not of. */
  readonly unread?: readonly { readonly path: string; readonly code: ErrorCode; readonly reason: string }[];
}

/** What has become of a shard: of each of its inputs, or that others have taken its place. */
export type ShardOutcome = { readonly inputs: readonly InputOutcome[] } | { readonly split: readonly string[] };

export interface RunState {
  readonly isPlanned: boolean;
  readonly isDrained: boolean;
  /** After which nothing of it is begun, by the clock of Redis in ms since 1970; and whether that is now. */
  readonly deadline?: number;
  readonly isLate: boolean;
  /** In ms since 1970. */
  readonly begun: number;
  /** Shards that are not settled yet. */
  readonly open: number;
  readonly planned: number;
  readonly stored: number;
  readonly known: number;
  readonly failed: number;
  /** Of the failed. */
  readonly failures: Readonly<Partial<Record<ErrorCode, number>>>;
  /** Inputs a second that were settled in the last minutes. */
  readonly rate: number;
}

/** Puts shards on the run's list and returns those that are not settled. KEYS list, outcomes, open. */
const LIST_SHARDS = `
  local left = {}
  redis.call('RPUSH', KEYS[1], unpack(ARGV))
  redis.call('EXPIRE', KEYS[1], ${FORGOTTEN_AFTER_S})
  for _, shard in ipairs(ARGV) do
    if redis.call('HEXISTS', KEYS[2], shard) == 0 then
      redis.call('SADD', KEYS[3], shard)
      table.insert(left, shard)
    end
  end
  redis.call('EXPIRE', KEYS[3], ${FORGOTTEN_AFTER_S})
  return left`;

/**
 * Settles a shard, unless it is settled or its run is over. KEYS run, outcomes, open, pace. ARGV shard, outcome, inputs, how many
 * counts there are, pairs of name and count, shards in its place.
 */
const SETTLE = `
  if redis.call('HEXISTS', KEYS[1], 'spec') == 0 then return 0 end
  if redis.call('HSETNX', KEYS[2], ARGV[1], ARGV[2]) == 0 then return 0 end
  redis.call('SREM', KEYS[3], ARGV[1])
  local parts = 5 + 2 * ARGV[4]
  for i = parts, #ARGV do
    if redis.call('HEXISTS', KEYS[2], ARGV[i]) == 0 then redis.call('SADD', KEYS[3], ARGV[i]) end
  end
  for i = 5, parts - 1, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
  local minute = math.floor(redis.call('TIME')[1] / 60)
  redis.call('HINCRBY', KEYS[4], minute, ARGV[3])
  redis.call('HDEL', KEYS[4], minute - ${PACE_MINUTES})
  for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ${FORGOTTEN_AFTER_S}) end
  return 1`;

/** What Redis knows of runs, beside the jobs themselves. A shard is settled once, however often it was worked on. */
export class Runs {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /**
   * @param deadline after which nothing of it is begun, by this machine's clock in ms since 1970; without one, one from before is void
   * @returns whether the run is there already, begun and not ended
   */
  async begin(run: string, spec: RunSpec, deadline?: number): Promise<boolean> {
    const isNew = await this.#redis.hsetnx(runKey(run), "spec", JSON.stringify(spec));
    await this.#redis.hsetnx(runKey(run), "begun", Date.now());
    await this.#redis.sadd(RUNS, run);
    await this.#redis.hdel(runKey(run), "planned", "isPlanned", "isDrained", "deadline");
    if (deadline !== undefined) {
      await this.#redis.hset(runKey(run), "deadline", (await timeOf(this.#redis)) + deadline - Date.now());
    }
    await this.#redis.del(runKey(run, "list"));
    for (const part of [undefined, ...PARTS]) {
      await this.#redis.expire(runKey(run, part), FORGOTTEN_AFTER_S);
    }
    return isNew === 0;
  }

  /** @returns undefined for a run that is over */
  async spec(run: string): Promise<RunSpec | undefined> {
    const spec = await this.#redis.hget(runKey(run), "spec");
    return spec === null ? undefined : (JSON.parse(spec) as RunSpec);
  }

  /** Whether its deadline has passed. */
  async isLate(run: string): Promise<boolean> {
    const deadline = await this.#redis.hget(runKey(run), "deadline");
    return deadline !== null && Number(deadline) <= (await timeOf(this.#redis));
  }

  /** Lets the run go on. */
  async liftDeadline(run: string): Promise<void> {
    await this.#redis.hdel(runKey(run), "deadline");
  }

  /** Puts shards behind those that the run has. @returns those that are to be worked on */
  async list(run: string, shards: readonly Shard[]): Promise<readonly Shard[]> {
    const keys = [runKey(run, "list"), runKey(run, "outcomes"), runKey(run, "open")];
    const ids = shards.map(({ id }) => id);
    const left = new Set((await this.#redis.eval(LIST_SHARDS, keys.length, ...keys, ...ids)) as string[]);
    const inputs = shards.reduce((sum, shard) => sum + shard.inputs.length, 0);
    await this.#redis.hincrby(runKey(run), "planned", inputs);
    return shards.filter(({ id }) => left.has(id));
  }

  async endPlan(run: string): Promise<void> {
    await this.#redis.hset(runKey(run), "isPlanned", 1);
  }

  /** @returns whether nobody had settled it before */
  async settle(run: string, shard: string, outcome: ShardOutcome): Promise<boolean> {
    const keys = [runKey(run), runKey(run, "outcomes"), runKey(run, "open"), runKey(run, "pace")];
    const inputs = "split" in outcome ? [] : outcome.inputs;
    const counts = countsOf(outcome);
    const told = [shard, pack(outcome), inputs.length, counts.length, ...counts.flat()];
    const split = "split" in outcome ? outcome.split : [];
    const settled = await this.#redis.eval(SETTLE, keys.length, ...keys, ...told, ...split);
    const ids = inputs.flatMap(([, is, id]) => (is === "failed" ? [] : [id]));
    if (ids.length > 0) await this.#redis.srem(runKey(run, "announced"), ...ids);
    return settled === 1;
  }

  /** Says before a commit which contents it stores: whoever finds them in the library later knows that this run has put them there. */
  async announce(run: string, ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.#redis.sadd(runKey(run, "announced"), ...ids);
  }

  /** Which of these contents were announced, and not settled yet. */
  async announced(run: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set();
    const found = await this.#redis.smismember(runKey(run, "announced"), ...ids);
    return new Set(ids.filter((_, i) => found[i] === 1));
  }

  /** Takes back what was settled. */
  async reopen(run: string, shard: string): Promise<void> {
    const outcome = await this.outcome(run, shard);
    const change = this.#redis.multi().hdel(runKey(run, "outcomes"), shard).sadd(runKey(run, "open"), shard);
    for (const [name, count] of outcome ? countsOf(outcome) : []) change.hincrby(runKey(run), name, -count);
    await change.exec();
  }

  async outcome(run: string, shard: string): Promise<ShardOutcome | undefined> {
    const packed = await this.#redis.hgetBuffer(runKey(run, "outcomes"), shard);
    return packed === null ? undefined : unpack<ShardOutcome>(packed);
  }

  /** @returns undefined for a run that is over */
  async state(run: string): Promise<RunState | undefined> {
    const [fields, open, pace, now] = await Promise.all([
      this.#redis.hgetall(runKey(run)),
      this.#redis.scard(runKey(run, "open")),
      this.#redis.hgetall(runKey(run, "pace")),
      timeOf(this.#redis),
    ]);
    if (fields.spec === undefined) return undefined;
    const count = (name: string) => Number(fields[name] ?? 0);
    const deadline = fields.deadline === undefined ? undefined : count("deadline");
    return {
      isPlanned: fields.isPlanned === "1",
      isDrained: fields.isDrained === "1",
      ...(deadline !== undefined && { deadline }),
      isLate: deadline !== undefined && deadline <= now,
      begun: count("begun"),
      open,
      planned: count("planned"),
      stored: count("stored"),
      known: count("known"),
      failed: count("failed"),
      failures: failuresOf(fields),
      rate: rateOf(pace, count("begun") / 1000, now / 1000),
    };
  }

  /** The shards of the run in the order of its inputs, so many at a time. */
  async *shards(run: string): AsyncGenerator<string> {
    const step = 1_000;
    for (let start = 0; ; start += step) {
      const ids = await this.#redis.lrange(runKey(run, "list"), start, start + step - 1);
      yield* ids;
      if (ids.length < step) return;
    }
  }

  async openShards(run: string): Promise<string[]> {
    return this.#redis.smembers(runKey(run, "open"));
  }

  async all(): Promise<string[]> {
    return (await this.#redis.smembers(RUNS)).sort();
  }

  /** Nothing more of it is begun. */
  async drain(run: string): Promise<void> {
    await this.#redis.hset(runKey(run), "isDrained", 1);
  }

  /** Of commits to a library, by all workers. @returns how many by now */
  countCommit(library: string): Promise<number> {
    return this.#redis.hincrby(`${PREFIX}commits`, library, 1);
  }

  /** Forgets the run. */
  async end(run: string): Promise<void> {
    await this.#redis.srem(RUNS, run);
    await this.#redis.unlink(runKey(run), ...PARTS.map((part) => runKey(run, part)));
  }
}

export function failedOutcome(
  input: ShardInput,
  code: ErrorCode,
  reason: string,
): Extract<InputOutcome, { readonly 1: "failed" }> {
  const { path } = input;
  return input.kind === "remote"
    ? [path, "failed", code, reason, { name: input.name }]
    : [path, "failed", code, reason];
}

/** Inputs by what has become of them, and failed ones by their reasons, too. */
function countsOf(outcome: ShardOutcome): (readonly [name: string, count: number])[] {
  const counts = new Map<string, number>();
  const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const [, is, code] of "split" in outcome ? [] : outcome.inputs) {
    count(is);
    if (is === "failed") count(`${FAILED_BY}${code}`);
  }
  return [...counts];
}

function failuresOf(fields: Readonly<Record<string, string>>): RunState["failures"] {
  const counts = Object.entries(fields).filter(([name, count]) => name.startsWith(FAILED_BY) && Number(count) > 0);
  return Object.fromEntries(counts.map(([name, count]) => [name.slice(FAILED_BY.length), Number(count)]));
}

/** @param pace inputs by minute since 1970 @param begun and now, in seconds since then */
function rateOf(pace: Readonly<Record<string, string>>, begun: number, now: number): number {
  const first = Math.floor(now / 60) - PACE_MINUTES + 1;
  const inputs = Object.entries(pace).reduce(
    (sum, [minute, count]) => sum + (Number(minute) < first ? 0 : Number(count)),
    0,
  );
  return inputs / Math.max(1, now - Math.max(begun, first * 60));
}

/** Where Redis has a run, or a part of it. */
export function runKey(run: string, part?: (typeof PARTS)[number]): string {
  return `${PREFIX}run:${run}${part === undefined ? "" : `:${part}`}`;
}
