import { formatAddress, NOTHING_ELSE } from "../state/address.ts";
import { WORDS } from "../words.ts";

/** To the page of a run. */
export function RunLink({ run }: { readonly run: string }) {
  return <a href={formatAddress({ ...NOTHING_ELSE, view: "queue", run })}>{run}</a>;
}

/** To the page of a worker. */
export function WorkerLink({ worker }: { readonly worker: string }) {
  return <a href={formatAddress({ ...NOTHING_ELSE, view: "queue", worker })}>{worker}</a>;
}

/** To all of them. */
export function BackLink() {
  return <a href={formatAddress({ ...NOTHING_ELSE, view: "queue" })}>{WORDS.queue.back}</a>;
}
