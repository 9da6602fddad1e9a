import { Counter, Histogram, type Registry } from "prom-client";
import type { Tally } from "../calls/answer-call.ts";
import { SECONDS } from "./buckets.ts";

/** Other methods share a label, so that no caller can make up a series for each that exists. */
const METHODS: readonly string[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** A request that is over, as its log line has it. */
export interface RequestLine extends Readonly<Tally> {
  readonly method: string;
  /** A pattern; "unknown" for whatever the endpoint does not have. */
  readonly route: string;
  readonly status: number;
  readonly ms: number;
}

/** @returns what takes each request that is over */
export function requestMetrics(registry: Registry): (line: RequestLine) => void {
  const registers = [registry];
  const requests = new Counter({
    name: "medembed_requests_total",
    help: "Requests by what became of them; 499: the caller had left.",
    labelNames: ["route", "method", "status"],
    registers,
  });
  const seconds = new Histogram({
    name: "medembed_request_seconds",
    help: "From the headers of a request to the end of its answer.",
    labelNames: ["route"],
    buckets: SECONDS,
    registers,
  });
  const queueSeconds = new Histogram({
    name: "medembed_call_queue_seconds",
    help: "Of a call: from the arrival of its body to the turn of its first item.",
    labelNames: ["deployment"],
    buckets: SECONDS,
    registers,
  });
  const computeSeconds = new Histogram({
    name: "medembed_call_compute_seconds",
    help: "Of a call: from the turn of its first item to its end.",
    labelNames: ["deployment"],
    buckets: SECONDS,
    registers,
  });
  const rows = new Counter({ name: "medembed_rows_total", help: "Rows of calls that could be parsed.", registers });
  const bytes = new Counter({ name: "medembed_received_bytes_total", help: "Bytes of bodies, unpacked.", registers });

  return (line) => {
    const { route, status, deployment, queueMs, computeMs } = line;
    const method = METHODS.includes(line.method) ? line.method : "other";
    requests.inc({ route, method, status });
    seconds.observe({ route }, line.ms / 1000);
    if (deployment !== undefined && queueMs !== undefined) queueSeconds.observe({ deployment }, queueMs / 1000);
    if (deployment !== undefined && computeMs !== undefined) computeSeconds.observe({ deployment }, computeMs / 1000);
    rows.inc(line.rows);
    bytes.inc(line.bytes);
  };
}
