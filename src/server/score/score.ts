import type { IncomingMessage } from "node:http";
import type { Deployment } from "../deployment.ts";
import type { Keys } from "../keys.ts";
import type { Limits } from "../limits.ts";
import type { Call, Load } from "../load.ts";
import { readBody } from "../read-body.ts";
import { checkDeployment, readCallHeaders } from "./call-headers.ts";
import { chooseProfile } from "./choose-profile.ts";
import { embedRows, type RowQueue } from "./embed-rows.ts";
import type { ParsedRow } from "./parse-request.ts";
import type { Parsing } from "./parsing.ts";
import { writeResponse } from "./write-response.ts";

export interface ScoreService {
  readonly keys: Keys;
  readonly limits: Limits;
  readonly deployment: Deployment;
  readonly load: Load;
  readonly parsing: Parsing;
  readonly queue: RowQueue;
}

/** What is counted of a call while it is on its way. */
export interface Tally {
  rows: number;
  bytes: number;
}

export interface ScoreResponse {
  readonly headers: Readonly<Record<string, string>>;
  /** JSON in UTF-8. */
  readonly body: Buffer;
}

/**
 * `POST /score`: what costs least is checked first, and nothing of the body is read before the key fits and there is room.
 * @param onCall told of the call once it is admitted, so that whoever sees the caller leave can drop it
 * @throws MedembedError for everything that is refused
 */
export async function score(
  request: IncomingMessage,
  { keys, limits, deployment, load, parsing, queue }: ScoreService,
  tally: Tally,
  onCall: (call: Call) => void,
): Promise<ScoreResponse> {
  const { headers } = request;
  keys.check(headers.authorization);
  checkDeployment(headers, deployment);
  const embedder = deployment.readyEmbedder();
  const { responseForm, isTolerant, timeoutMs } = readCallHeaders(headers, limits.timeoutMs);
  const call = load.admit();
  try {
    onCall(call);
    const { signal } = call;
    const body = await readBody(request, {
      maxBytes: limits.maxBodyBytes,
      signal,
      reserve: (bytes) => {
        tally.bytes += bytes;
        call.reserve(bytes);
      },
    });
    call.startClock(timeoutMs);
    const { rows, params } = await parsing.parse(body, { signal });
    tally.rows = rows.length;
    const profile = chooseProfile(embedder.profile, params);
    const onBegin = () => call.begin();
    const embedded = await embedRows(rows, { queue, embedder, profile: profile.id, signal, onBegin, isTolerant });
    const { card } = embedder;
    const { queueMs, computeMs } = call.times;
    const warnings = warningsOf(rows, profile.ignoresParams);
    return {
      headers: {
        "azureml-model-deployment": deployment.name,
        "medembed-model": card.weights,
        "medembed-profile": profile.id,
        "medembed-queue-ms": queueMs.toFixed(1),
        "medembed-compute-ms": computeMs.toFixed(1),
        ...(warnings.length > 0 && { "medembed-warnings": warnings.join(", ") }),
      },
      body: writeResponse(responseForm, embedded, params.withScalingFactor ? card.logitScale : undefined),
    };
  } catch (error) {
    throw call.signal.aborted ? call.signal.reason : error; // what stopped the work, rather than how it was felt
  } finally {
    call.end();
  }
}

/** What a caller should know of an answer that is none the less right. */
function warningsOf(rows: readonly ParsedRow[], ignoresParams: boolean): string[] {
  const endsEarly = rows.some(({ text }) => text !== undefined && /<\|endoftext\|>/i.test(text));
  return [...(ignoresParams ? ["image-params-ignored"] : []), ...(endsEarly ? ["text-has-end-token"] : [])];
}
