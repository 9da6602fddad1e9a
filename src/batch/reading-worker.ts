import { answerRequests } from "../worker-thread.ts";
import { type RowChunk, readRows } from "./read-rows.ts";
import type { ReadRequest } from "./reading.ts";

answerRequests<null, ReadRequest, RowChunk>(() => {
  let chunks: AsyncGenerator<RowChunk> | undefined;
  return async (request) => {
    if (request !== "next") {
      await chunks?.return(undefined);
      chunks = readRows(request.path, { skip: request.skip });
    }
    const next = await chunks?.next();
    if (!next || next.done) throw new Error("no file is being read");
    return { response: next.value, transfer: next.value.rows.flatMap(({ image }) => (image ? [image.buffer] : [])) };
  };
});
