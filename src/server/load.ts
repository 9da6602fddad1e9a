import { setMaxListeners } from "node:events";
import { MedembedError } from "../errors.ts";
import { DrainRate } from "./drain-rate.ts";
import type { Limits } from "./limits.ts";

type DropReason = "left" | "late" | "stopped";

type LoadLimits = Pick<Limits, "maxPending" | "maxPendingBytes">;

/** How far a call has come; of several rows the furthest counts. */
const STAGES = ["receiving", "parsing", "fetching", "queued", "preparing", "computing"] as const;
export type Stage = (typeof STAGES)[number];
type ByStage = Record<Stage, number>;

function noneByStage(): ByStage {
  return Object.fromEntries(STAGES.map((stage) => [stage, 0])) as ByStage;
}

/** The calls in the house: how many may be, and what became of those that were. */
export class Load {
  /** Since the start. */
  readonly counts = {
    /** Answered, whatever the answer was. */
    finished: 0,
    /** Turned away because too many calls or bytes were pending. */
    refused: 0,
    /** Dropped because the caller had left. */
    left: 0,
    /** Dropped because the time allowed had gone by. */
    late: 0,
    /** Dropped because the server stopped. */
    stopped: 0,
  };
  /** Of those left, late and stopped, since the start: how far they had come. */
  readonly dropped: Readonly<ByStage> = noneByStage();
  /** May change; who is in stays in. */
  limits: LoadLimits;
  readonly #calls = new Set<Call>();
  readonly #rate: DrainRate;
  readonly #now: () => number;
  #bytes = 0;

  /** @param now a clock in ms */
  constructor(limits: LoadLimits, now: () => number = () => performance.now()) {
    this.limits = limits;
    this.#now = now;
    this.#rate = new DrainRate(now);
  }

  get pending(): number {
    return this.#calls.size;
  }

  /** Of the bodies of pending calls. */
  get pendingBytes(): number {
    return this.#bytes;
  }

  /** The pending calls by how far they have come. */
  get stages(): Readonly<ByStage> {
    const stages = noneByStage();
    for (const { stage } of this.#calls) stages[stage]++;
    return stages;
  }

  /** Whole seconds after which a refused caller may find room, from the measured rate. */
  get retryAfter(): number {
    return this.#rate.secondsFor(Math.max(1, this.#calls.size / 2)); // half of the queue gone is room enough
  }

  /** Takes a call in; its `end()` must follow. @throws MedembedError "too-many-pending" */
  admit(): Call {
    if (this.#calls.size >= this.limits.maxPending) {
      this.counts.refused++;
      throw new MedembedError("too-many-pending", `${this.#calls.size} requests are pending; try again`);
    }
    const call = new Call({
      now: this.#now,
      reserve: (bytes) => this.#reserve(bytes),
      onDrop: (why, stage) => {
        this.counts[why]++;
        (this.dropped as ByStage)[stage]++;
      },
      onEnd: (bytes, wasDropped) => {
        this.#calls.delete(call);
        this.#bytes -= bytes;
        if (wasDropped) return;
        this.counts.finished++;
        this.#rate.record();
      },
    });
    this.#calls.add(call);
    return call;
  }

  /** Drops what is still in work when there is no more time for it. */
  stopAll(): void {
    for (const call of this.#calls) call.drop("stopped", new MedembedError("stopping", "the server is stopping"));
  }

  #reserve(bytes: number): void {
    if (this.#bytes + bytes > this.limits.maxPendingBytes) {
      this.counts.refused++;
      throw new MedembedError("too-many-pending", `${this.#bytes} bytes are pending; try again`);
    }
    this.#bytes += bytes;
  }
}

interface CallOptions {
  readonly now: () => number;
  readonly reserve: (bytes: number) => void;
  readonly onDrop: (why: DropReason, stage: Stage) => void;
  readonly onEnd: (bytes: number, wasDropped: boolean) => void;
}

/** One request from its admission to its answer: who waits for it, until when, and what it holds. */
export class Call {
  readonly #options: CallOptions;
  readonly #controller = new AbortController();
  #stage: Stage = "receiving";
  #arrivedAt: number;
  #timer: NodeJS.Timeout | undefined;
  #begunAt: number | undefined;
  #bytes = 0;
  #isOver = false;

  constructor(options: CallOptions) {
    this.#options = options;
    this.#arrivedAt = options.now();
    setMaxListeners(0, this.#controller.signal); // one for each row in work
  }

  /** Aborted when nobody waits any more; its reason is the MedembedError to answer with. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** Never back: one row may be computed while the next is prepared. */
  reach(stage: Stage): void {
    if (STAGES.indexOf(stage) > STAGES.indexOf(this.#stage)) this.#stage = stage;
  }

  /** Counts bytes of the body, or fetched for it. @throws MedembedError "too-many-pending" */
  reserve(bytes: number): void {
    this.#options.reserve(bytes);
    this.#bytes += bytes;
  }

  /** The body has arrived; from here on the call may take so long. Called again, it starts anew. */
  startClock(ms: number): void {
    clearTimeout(this.#timer);
    this.reach("parsing");
    this.#arrivedAt = this.#options.now();
    this.#timer = setTimeout(() => {
      // 408 is for slow work; a call whose turn never came met a queue, and may come again.
      const hasBegun = this.#begunAt !== undefined || this.#stage === "fetching";
      const reason = hasBegun ? "the work took longer" : "the queue was longer";
      this.drop(
        "late",
        new MedembedError(hasBegun ? "deadline-passed" : "busy", `${reason} than the ${ms} ms allowed`),
      );
    }, ms);
  }

  /** One of the call's items has its turn. */
  begin(stage: "preparing" | "computing" = "computing"): void {
    this.reach(stage);
    this.#begunAt ??= this.#options.now();
  }

  /** In ms: from the arrival of the body to the first item's turn, and from there to now. */
  get times(): { readonly queueMs: number; readonly computeMs: number } {
    const now = this.#options.now();
    const begunAt = this.#begunAt ?? now;
    return { queueMs: begunAt - this.#arrivedAt, computeMs: now - begunAt };
  }

  /** Nobody waits any more, or may: what has not begun is never begun. */
  drop(why: DropReason, reason: MedembedError): void {
    if (this.#isOver || this.signal.aborted) return;
    this.#options.onDrop(why, this.#stage);
    this.#controller.abort(reason);
  }

  /** The call is answered or given up. What it may still have in the queues is dropped. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#options.onEnd(this.#bytes, this.signal.aborted);
    this.#controller.abort(new MedembedError("cancelled", "the call is over"));
  }
}
