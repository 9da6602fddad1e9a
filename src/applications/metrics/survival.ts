import { erfc } from "../error-function.ts";
import { checkSameLength } from "./check-rows.ts";
import { quantile } from "./sorted.ts";

/** Follow-up of each subject. @property times [subjects] @property hasEvent [subjects], 0 for those lost sight of (censored) */
export interface FollowUp {
  readonly times: ArrayLike<number>;
  readonly hasEvent: ArrayLike<number | boolean>;
}

/** @property survival the share that lives on beyond `time` */
export interface SurvivalStep {
  readonly time: number;
  readonly atRisk: number;
  readonly events: number;
  readonly survival: number;
}

/**
 * Harrell's concordance: among pairs in which it is known who had the event first, the share in which that one had the
 * higher risk; equal risks count half. Of two at the same time a pair counts if one had the event and the other was lost
 * sight of. NaN without such pairs.
 * @param risks [subjects], higher for an earlier event
 */
export function concordanceIndex({ times, hasEvent }: FollowUp, risks: ArrayLike<number>): number {
  checkSameLength("times", times, "risks", risks);
  const byTime = Array.from(times, (_, subject) => subject).sort(
    (a, b) => times[b] - times[a] || Number(hasEvent[a]) - Number(hasEvent[b]),
  );
  const ranks = rankOf(risks);
  const later = new CountTree(Math.max(0, ...ranks) + 1);
  let [pairs, concordant] = [0, 0];
  let waiting: number[] = []; // events at one time, which do not compare with each other
  for (const [place, subject] of byTime.entries()) {
    if (!hasEvent[subject]) {
      later.add(ranks[subject]);
      continue;
    }
    waiting.push(subject);
    const next = byTime[place + 1];
    if (next !== undefined && times[next] === times[subject]) continue;
    for (const own of waiting) {
      const below = later.countBelow(ranks[own]);
      pairs += later.total;
      concordant += below + (later.countBelow(ranks[own] + 1) - below) / 2;
    }
    for (const own of waiting) later.add(ranks[own]);
    waiting = [];
  }
  return concordant / pairs;
}

/** The share that lives on after each time with an event (Kaplan and Meier). Those lost sight of at that time are still at risk. */
export function kaplanMeier(followUp: FollowUp): SurvivalStep[] {
  let survival = 1;
  return eventTimes(followUp).map(({ time, atRisk, events }) => {
    survival *= 1 - events / atRisk;
    return { time, atRisk, events, survival };
  });
}

/**
 * Whether two groups have events at different rates (log-rank test, two-sided). NaN without events.
 * @returns the standardised excess of events of the first group, and the probability of one so far from 0 by chance
 */
export function logRankTest(a: FollowUp, b: FollowUp): { readonly statistic: number; readonly p: number } {
  const joint: FollowUp = {
    times: [...Array.from(a.times), ...Array.from(b.times)],
    hasEvent: [...Array.from(a.hasEvent), ...Array.from(b.hasEvent)],
  };
  const ownEvents = new Map(eventTimes(a).map(({ time, events }) => [time, events]));
  const ownTimes = Float64Array.from(a.times).sort();
  let [excess, variance, gone] = [0, 0, 0];
  for (const { time, atRisk, events } of eventTimes(joint)) {
    while (gone < ownTimes.length && ownTimes[gone] < time) gone++;
    const share = (ownTimes.length - gone) / atRisk;
    excess += (ownEvents.get(time) ?? 0) - events * share;
    if (atRisk > 1) variance += (events * share * (1 - share) * (atRisk - events)) / (atRisk - 1); // hypergeometric
  }
  const statistic = excess / Math.sqrt(variance);
  return { statistic, p: erfc(Math.abs(statistic) / Math.SQRT2) };
}

/**
 * The share of subjects for whom "risk above the median" says whether they had the event, as published for survival models.
 * It takes no account of time: a subject lost sight of early counts as one without the event.
 */
export function medianSplitAccuracy({ hasEvent }: FollowUp, risks: ArrayLike<number>): number {
  checkSameLength("events", hasEvent, "risks", risks);
  const median = quantile(Float64Array.from(risks).sort(), 0.5);
  const right = Array.from(risks).filter((risk, subject) => risk > median === Boolean(hasEvent[subject]));
  return right.length / risks.length;
}

/** Each time with an event, rising, with those at risk just before it. */
function eventTimes({ times, hasEvent }: FollowUp): Omit<SurvivalStep, "survival">[] {
  checkSameLength("times", times, "events", hasEvent);
  const sorted = Float64Array.from(times).sort();
  const events = new Map<number, number>();
  for (let subject = 0; subject < times.length; subject++) {
    if (hasEvent[subject]) events.set(times[subject], (events.get(times[subject]) ?? 0) + 1);
  }
  let gone = 0;
  return [...events]
    .sort(([a], [b]) => a - b)
    .map(([time, count]) => {
      while (sorted[gone] < time) gone++;
      return { time, atRisk: sorted.length - gone, events: count };
    });
}

/** The place of each value among the different values, rising from 0. */
function rankOf(values: ArrayLike<number>): number[] {
  const places = new Map([...new Set(Float64Array.from(values).sort())].map((value, place) => [value, place]));
  return Array.from(values, (value) => places.get(value) as number);
}

/** How many of the numbers added so far are below another one, in logarithmic time (Fenwick's tree). */
class CountTree {
  total = 0;
  readonly #sums: Uint32Array;

  /** @param size one more than the largest number */
  constructor(size: number) {
    this.#sums = new Uint32Array(size + 1);
  }

  add(value: number): void {
    this.total++;
    for (let i = value + 1; i < this.#sums.length; i += i & -i) this.#sums[i]++;
  }

  countBelow(value: number): number {
    let count = 0;
    for (let i = value; i > 0; i -= i & -i) count += this.#sums[i];
    return count;
  }
}
