import { answerRequests } from "../../worker-thread.ts";
import { parseRequest, type ScoreRequest } from "./parse-request.ts";
import type { ParsingRequest } from "./parsing.ts";

answerRequests<null, ParsingRequest, ScoreRequest>(() => async ({ body, maxRows }) => {
  const response = parseRequest(body, maxRows);
  return { response, transfer: response.rows.flatMap(({ image }) => (image ? [image.buffer] : [])) };
});
