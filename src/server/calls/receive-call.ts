import type { IncomingMessage } from "node:http";
import type { Limits } from "../limits.ts";
import type { Call } from "../load.ts";
import { readBody } from "../read-body.ts";
import type { Tally } from "./answer-call.ts";
import { headerOf } from "./call-options.ts";
import type { ParsedCall } from "./parsed-call.ts";
import type { AskedOf, ParserName } from "./parsers.ts";
import type { Parsing } from "./parsing.ts";
import { inStage } from "./watched.ts";

interface ReceiveOptions<Name extends ParserName> {
  readonly parser: Name;
  readonly parsing: Parsing;
  readonly limits: Limits;
  readonly call: Call;
  readonly tally: Tally;
  /** That the call may take once its body is there. */
  readonly timeoutMs: number;
}

/** Reads and parses the body; the call's clock starts in between, so that a slow line is not held against it. */
export async function receiveCall<Name extends ParserName>(
  request: IncomingMessage,
  { parser, parsing, limits, call, tally, timeoutMs }: ReceiveOptions<Name>,
): Promise<ParsedCall<AskedOf<Name>>> {
  const { signal } = call;
  const reserve = (bytes: number) => {
    tally.bytes += bytes;
    call.reserve(bytes);
  };
  const { maxBodyBytes: maxBytes } = limits;
  const body = await inStage("receive", call, () => readBody(request, { maxBytes, signal, reserve }));
  call.startClock(timeoutMs);
  const options = {
    maxRows: limits.maxRows,
    contentType: request.headers["content-type"] ?? "",
    jsonLength: headerOf(request.headers, "inference-header-content-length"),
    query: request.url?.split("?")[1],
  };
  return inStage("parse", call, () => parsing.parse(parser, body, options, { signal }));
}
