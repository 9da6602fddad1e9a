import { tracingChannel } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import type { Call } from "../load.ts";
import type { Tally } from "./answer-call.ts";

/** What an admitted call goes through, in order; "embed" is queue, preparation and engine. */
export type Stage = "receive" | "parse" | "embed" | "write";

/** A call as those see it who watch from outside. */
export interface WatchedCall {
  readonly request: IncomingMessage;
  /** Its pattern, e.g. "/score". */
  readonly route: string;
  /** What goes out as `x-request-id`. */
  readonly requestId: string;
  readonly tally: Tally;
}

export interface WatchedStage {
  readonly stage: Stage;
  readonly call: Call;
}

/** Metrics and traces listen here, and a call knows nothing of them; without a listener these cost nothing. */
export const CALLS = tracingChannel<unknown, WatchedCall>("medembed:call");
export const STAGES = tracingChannel<unknown, WatchedStage>("medembed:stage");

/** Does one stage of a call within sight of those who watch. */
export function inStage<T>(stage: Stage, call: Call, work: (call: Call) => T | Promise<T>): Promise<T> {
  return STAGES.tracePromise(async () => work(call), { stage, call });
}
