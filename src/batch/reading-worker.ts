import { answerRequests } from "../worker-thread.ts";
import { type InputRow, type RowChunk, readRows } from "./read-rows.ts";
import type { ReadRequest, ReadResponse } from "./reading.ts";
import { readRange } from "./row-range.ts";

answerRequests<null, ReadRequest, ReadResponse>(() => {
  let chunks: AsyncGenerator<RowChunk> | undefined;
  return async (request) => {
    if (request !== "next" && "range" in request) {
      const rows = await readRange(request.path, request.range);
      return { response: { rows }, transfer: picturesOf(rows ?? []) };
    }
    if (request !== "next") {
      await chunks?.return(undefined);
      chunks = readRows(request.path, { skip: request.skip });
    }
    const next = await chunks?.next();
    if (!next || next.done) throw new Error("no file is being read");
    return { response: next.value, transfer: picturesOf(next.value.rows) };
  };
});

function picturesOf(rows: readonly InputRow[]): ArrayBuffer[] {
  return rows.flatMap(({ image }) => (image ? [image.buffer] : []));
}
