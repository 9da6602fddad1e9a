import type { IncomingHttpHeaders } from "node:http";
import type { Caller } from "../caller.ts";
import type { Deployment, Serving } from "../deployment.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Call } from "../load.ts";
import type { CallContext, Service } from "./answer-call.ts";
import { type CallOptions, headerOf } from "./call-options.ts";
import type { Door } from "./door.ts";
import type { ParserName } from "./parsers.ts";

/** A call that was let in, with the room that it takes until it leaves. */
export interface Admission<Options extends CallOptions> {
  readonly caller: Caller;
  readonly options: Options;
  readonly call: Call;
  /** Undefined where only the body tells. */
  readonly serving: Serving | undefined;
  /** Enters the deployment that the body named. @throws MedembedError "warming-up", "stopping", "too-many-pending" */
  enter(deployment: Deployment): Serving;
  /** Gives all of it back. */
  leave(): void;
}

/**
 * The cheapest refusals first: key, deployment and whether it is ready, quota, headers, room. Nothing of the body is read.
 * @throws MedembedError for what is refused; then nothing is held
 */
export function admitCall<Name extends ParserName, Options extends CallOptions>(
  headers: IncomingHttpHeaders,
  door: Door<Name, Options>,
  { keys, endpoint, load }: Service,
  { tally, model }: CallContext,
): Admission<Options> {
  const held: (() => void)[] = [];
  const leave = () => {
    for (const giveBack of held.splice(0).reverse()) giveBack();
  };
  const enter = (deployment: Deployment) => {
    const serving = deployment.enter();
    held.push(() => serving.leave());
    tally.deployment = serving.name;
    return serving;
  };
  try {
    const caller = keys.identify(headers.authorization);
    tally.key = caller.name;
    const serving = door.hasModelInBody ? undefined : enter(routeByHead(endpoint, model, headers, caller));
    if (!serving) endpoint.checkAnyReady();
    held.push(caller.enter());
    const options = door.readOptions(headers);
    const call = load.admit();
    held.push(() => call.end());
    return { caller, options, call, serving, enter, leave };
  } catch (error) {
    leave();
    throw error;
  }
}

/** Which deployment a call is for, as path and headers tell. @throws MedembedError "no-deployment" */
function routeByHead(
  endpoint: Endpoint,
  model: string | undefined,
  headers: IncomingHttpHeaders,
  { deployments }: Caller,
): Deployment {
  return model === undefined
    ? endpoint.route(headerOf(headers, "azureml-model-deployment"), deployments)
    : endpoint.routeModel(model, deployments);
}
