import { answerRequests } from "../../worker-thread.ts";
import type { ParsedCall } from "./parsed-call.ts";
import { PARSERS } from "./parsers.ts";
import type { ParsingRequest } from "./parsing.ts";

answerRequests<null, ParsingRequest, ParsedCall<unknown>>(() => async ({ parser, body, options }) => {
  const response = PARSERS[parser](body, options);
  return { response, transfer: response.rows.flatMap(({ image }) => (image ? [image.buffer] : [])) };
});
