import { answerRequests } from "../worker-thread.ts";
import { HeldVectors } from "./held-vectors.ts";
import type { SnapshotData, SnapshotRequest, SnapshotResponse } from "./snapshot.ts";

answerRequests<SnapshotData, SnapshotRequest, SnapshotResponse>(({ dimensions }) => {
  const held = new HeldVectors(dimensions);
  return async (request) => {
    if (request.kind === "keep") return { response: { highest: held.keep(request.rows), size: held.size } };
    if (request.kind === "append") held.append(request);
    const found = request.kind === "nearest" ? held.nearest(request.query, request.count, request.among) : [];
    return { response: { highest: -1, size: held.size, found } };
  };
});
