import { isClassifier } from "../classifier.ts";
import type { Endpoint } from "../endpoint.ts";

/** `GET /v1/models`: the deployments that give vectors. */
export function listModels({ deployments }: Endpoint) {
  const named = deployments.filter(({ config }) => !isClassifier(config)).map(({ name }) => name);
  return { object: "list", data: named.map(describe) };
}

/** `GET /v1/models/{model}`, by any name that a call may use. @throws MedembedError "no-deployment" */
export function describeModel(endpoint: Endpoint, model: string) {
  endpoint.routeModel(model);
  return describe(model);
}

/** The form has a time of its making, which nobody has written down. */
function describe(model: string) {
  return { id: model, object: "model", created: 0, owned_by: "medembed" };
}
