import { answerRequests } from "../../worker-thread.ts";
import type { Matrix } from "../matrix.ts";
import { project } from "./project.ts";
import type { ProjectionRequest } from "./projection.ts";

answerRequests<undefined, ProjectionRequest, Matrix>(() => async ({ method, vectors, seed, progress }) => {
  const done = new Float64Array(progress);
  const response = project(method, vectors, seed, (share) => {
    done[0] = share;
  });
  return { response, transfer: [response.values.buffer as ArrayBuffer] };
});
