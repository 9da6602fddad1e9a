import { MedembedError } from "../errors.ts";
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
   * @throws MedembedError "no-deployment"
   */
  route(wanted: string | undefined): Deployment {
    if (wanted !== undefined) {
      const named = this.#deployments.find(({ name }) => name === wanted);
      if (!named) throw new MedembedError("no-deployment", "the endpoint has no deployment of that name");
      return named;
    }
    const byTraffic = this.#draw(({ config }) => config.traffic);
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
   * @throws MedembedError "no-deployment"; "warming-up", "stopping" where one that is not ready may have that model
   */
  routeModel(model: string): Deployment {
    const named = this.#deployments.find(({ name }) => name === model);
    if (named) return named;
    const ofModel = this.#deployments.filter(({ card, config }) => card?.name === model && !config.labels);
    if (ofModel.length === 0) {
      this.checkReady();
      throw new MedembedError("no-deployment", "the endpoint has no deployment and no model of that name");
    }
    const traffic = ofModel.reduce((sum, { config }) => sum + config.traffic, 0);
    return this.#draw(({ config }) => config.traffic, ofModel, traffic) ?? ofModel[0];
  }

  /** For a call that may be for any deployment. @throws MedembedError "warming-up", "stopping" when none can serve */
  checkAnyReady(): void {
    (this.#deployments.find(({ card }) => card) ?? this.#deployments[0]).checkReady();
  }

  /** The deployment that this call is copied to, if any; its answer is thrown away. */
  shadow(): Deployment | undefined {
    return this.#draw(({ config }) => config.mirror);
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

  /** One at random, each with its percentage; undefined for the rest of the whole. */
  #draw(
    percentOf: (deployment: Deployment) => number,
    deployments = this.#deployments,
    whole = 100,
  ): Deployment | undefined {
    let left = whole * this.#random();
    for (const deployment of deployments) {
      left -= percentOf(deployment);
      if (left < 0) return deployment;
    }
    return undefined;
  }
}
