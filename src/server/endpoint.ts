import { MedembedError } from "../errors.ts";
import { isClassifier } from "./classifier.ts";
import type { Deployment } from "./deployment.ts";

/** The deployments behind one address, and which of them gets a call. */
export class Endpoint {
  #deployments: readonly Deployment[];
  #isStopping = false;
  readonly #random: () => number;

  /** @param random from 0 up to, not including, 1 */
  constructor(deployments: readonly Deployment[], random: () => number = Math.random) {
    this.#deployments = deployments;
    this.#random = random;
  }

  get deployments(): readonly Deployment[] {
    return this.#deployments;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /**
   * @param wanted by name, whatever its traffic; without a name the traffic decides
   * @param allowed by name; undefined: all
   * @throws MedembedError "no-deployment", "forbidden"
   */
  route(wanted: string | undefined, allowed?: readonly string[]): Deployment {
    if (wanted !== undefined) {
      checkAllowed(wanted, allowed);
      const named = this.#deployments.find(({ name }) => name === wanted);
      if (!named) throw new MedembedError("no-deployment", "the endpoint has no deployment of that name");
      return named;
    }
    const byTraffic = this.#drawByTraffic(this.#deployments.filter(({ name }) => isAllowed(name, allowed)));
    if (!byTraffic) {
      throw new MedembedError(
        "no-deployment",
        "no deployment takes traffic: name one in the header azureml-model-deployment",
      );
    }
    return byTraffic;
  }

  /**
   * @param model the name of a deployment, or of a model that gives vectors; among several deployments of it the traffic decides
   * @param allowed deployments by name; undefined: all
   * @throws MedembedError "no-deployment", "forbidden"; "warming-up", "stopping" where one that is not ready may have that model
   */
  routeModel(model: string, allowed?: readonly string[]): Deployment {
    const named = this.#deployments.find(({ name }) => name === model);
    if (named) {
      checkAllowed(model, allowed);
      return named;
    }
    const ofModel = this.#deployments.filter(({ card, config }) => card?.name === model && !isClassifier(config));
    if (ofModel.length === 0) {
      this.checkReady();
      throw new MedembedError("no-deployment", "the endpoint has no deployment and no model of that name");
    }
    const candidates = ofModel.filter(({ name }) => isAllowed(name, allowed));
    if (candidates.length === 0) checkAllowed(ofModel[0].name, allowed);
    return this.#drawByTraffic(candidates) ?? candidates[0];
  }

  /** For a call that may be for any deployment. @throws MedembedError "warming-up", "stopping" when none can serve */
  checkAnyReady(): void {
    (this.#deployments.find(({ card }) => card) ?? this.#deployments[0]).checkReady();
  }

  /** The deployment that this call is copied to, if any; its answer is thrown away. */
  shadow(): Deployment | undefined {
    return this.#draw(this.#deployments, ({ config }) => config.mirror, 100);
  }

  /** @throws MedembedError "warming-up", "stopping" unless every deployment can serve */
  checkReady(): void {
    for (const deployment of this.#deployments) deployment.checkReady();
  }

  /** Other deployments from now on. @returns those that get no more calls, for the caller to close */
  replace(deployments: readonly Deployment[]): Deployment[] {
    const retired = this.#deployments.filter((deployment) => !deployments.includes(deployment));
    this.#deployments = deployments;
    return retired;
  }

  /** Takes no more calls; those in work go on. */
  stop(): void {
    this.#isStopping = true;
    for (const deployment of this.#deployments) deployment.stop();
  }

  async close(): Promise<void> {
    this.stop();
    await Promise.all(this.#deployments.map((deployment) => deployment.close()));
  }

  /** One at random by its share of their traffic; undefined when none has any. */
  #drawByTraffic(deployments: readonly Deployment[]): Deployment | undefined {
    const traffic = deployments.reduce((sum, { config }) => sum + config.traffic, 0);
    return this.#draw(deployments, ({ config }) => config.traffic, traffic);
  }

  /** One at random, each with its share of the whole; undefined for the rest of it. */
  #draw(
    deployments: readonly Deployment[],
    shareOf: (deployment: Deployment) => number,
    whole: number,
  ): Deployment | undefined {
    let left = whole * this.#random();
    for (const deployment of deployments) {
      left -= shareOf(deployment);
      if (left < 0) return deployment;
    }
    return undefined;
  }
}

function isAllowed(name: string, allowed: readonly string[] | undefined): boolean {
  return allowed?.includes(name) ?? true;
}

function checkAllowed(name: string, allowed: readonly string[] | undefined): void {
  if (!isAllowed(name, allowed)) throw new MedembedError("forbidden", "this key is not good for that deployment");
}
