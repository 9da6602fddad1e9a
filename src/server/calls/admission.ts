import type { IncomingHttpHeaders } from "node:http";
import { MedembedError } from "../../errors.ts";
import type { Caller } from "../caller.ts";
import type { Deployment, Serving } from "../deployment.ts";
import type { Endpoint } from "../endpoint.ts";
import type { ServedLibrary } from "../library/served-library.ts";
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
  /** The one that the path names. */
  readonly library: ServedLibrary | undefined;
  /** Enters the deployment that the body named. @throws MedembedError "warming-up", "stopping", "too-many-pending" */
  enter(deployment: Deployment): Serving;
  /** Gives all of it back. */
  leave(): void;
}

/**
 * The cheapest refusals first: key, deployment and whether it is ready, quota, headers, room. Nothing of the body is read.
 * @throws MedembedError for what is refused; then nothing is held
 */
export async function admitCall<Name extends ParserName, Options extends CallOptions>(
  headers: IncomingHttpHeaders,
  door: Door<Name, Options>,
  service: Service,
  { tally, model, library: libraryName }: CallContext,
): Promise<Admission<Options>> {
  const { keys, endpoint, libraries, load } = service;
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
    const library = libraryName === undefined ? undefined : libraries.find(libraryName);
    const route = () =>
      library
        ? endpoint.route(library.config.deployment, caller.deployments)
        : routeByHead(endpoint, model, headers, caller);
    const serving = door.hasModelInBody ? undefined : enter(route());
    if (!serving) endpoint.checkAnyReady();
    if (library) held.push(library.enter());
    if (door.writesLibrary && !library?.config.isWritable) {
      throw new MedembedError("forbidden", "this library is read only: its config does not say that it is writable");
    }
    held.push(await caller.enter());
    const options = door.readOptions(headers);
    const call = load.admit();
    held.push(() => call.end());
    return { caller, options, call, serving, library, enter, leave };
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
