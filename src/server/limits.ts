interface Limit {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly reason: string;
}

const MiB = 2 ** 20;

/** What the endpoint takes on at most; each may be set under `limits` in the config. */
export const LIMITS = {
  maxBodyBytes: {
    default: 128 * MiB,
    min: 1024,
    max: 500 * MiB,
    reason: "of one request, unpacked: some hundred pictures of 480x480; the upper end is V8's longest string",
  },
  maxRows: {
    default: 1024,
    min: 1,
    max: 1024,
    reason: "of one request, as the published service documents it",
  },
  maxPending: {
    default: 64,
    min: 1,
    max: 10_000,
    reason: "requests at a time: a dozen clients of five threads; later ones would rather retry than wait",
  },
  maxPendingBytes: {
    default: 512 * MiB,
    min: 1024,
    max: 64 * 1024 * MiB,
    reason: "of all pending bodies together: four of the largest, so that memory stays bounded whatever is sent",
  },
  timeoutMs: {
    default: 90_000,
    min: 1,
    max: 3_600_000,
    reason: "for one request after its body has arrived, as in every published deployment",
  },
  stopTimeoutMs: {
    default: 25_000,
    min: 0,
    max: 3_600_000,
    reason: "for the requests in work when the server is told to stop: Kubernetes kills after 30 s",
  },
} as const satisfies Record<string, Limit>;

export type Limits = Readonly<Record<keyof typeof LIMITS, number>>;

export const DEFAULT_LIMITS = Object.fromEntries(
  Object.entries(LIMITS).map(([name, limit]) => [name, limit.default]),
) as unknown as Limits;
