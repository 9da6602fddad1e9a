import { readFileSync } from "node:fs";
import { MedembedError } from "../../errors.ts";
import { isClassifier } from "../classifier.ts";
import type { Endpoint } from "../endpoint.ts";
import { TENSORS } from "./tensors.ts";

const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as {
  version: string;
};
/** Any number: of rows. */
const ANY = -1;

/** `GET /v2`. */
export function describeServer() {
  return { name: "medembed", version, extensions: ["binary_tensor_data"] };
}

/** `GET /v2/models/{model}`. @throws MedembedError "no-deployment", "invalid-request" for a classifier, "warming-up" */
export function describeModel(endpoint: Endpoint, model: string) {
  const deployment = endpoint.routeModel(model);
  if (isClassifier(deployment.config)) {
    throw new MedembedError("invalid-request", "this deployment gives labels and no vectors: ask it by POST /score");
  }
  const { card } = deployment.checkReady();
  return {
    name: deployment.name,
    platform: "onnxruntime_onnx",
    inputs: TENSORS.map(({ input }) => ({ name: input, datatype: "BYTES", shape: [ANY] })),
    outputs: TENSORS.map(({ output }) => ({ name: output, datatype: "FP32", shape: [ANY, card.projection] })),
  };
}

/** `GET /v2/models/{model}/ready`. @throws MedembedError "no-deployment", "warming-up", "stopping" */
export function describeReadiness(endpoint: Endpoint, model: string) {
  const deployment = endpoint.routeModel(model);
  deployment.checkReady();
  return { name: deployment.name, ready: true };
}
