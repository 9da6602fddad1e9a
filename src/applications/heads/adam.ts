import type { Parameter } from "./layers.ts";

export interface AdamOptions {
  readonly learningRate: number;
  /** The share of each number that a step of learning rate 1 would take away (AdamW). Default: 0. */
  readonly weightDecay?: number;
}

/** PyTorch's and scikit-learn's. */
const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch's AdamW. */
export class Adam {
  readonly #options: AdamOptions;
  readonly #parameters: readonly Parameter[];
  readonly #means: readonly Float32Array[];
  readonly #squares: readonly Float32Array[];
  #steps = 0;

  constructor(parameters: readonly Parameter[], options: AdamOptions) {
    this.#options = options;
    this.#parameters = parameters;
    [this.#means, this.#squares] = [0, 1].map(() => parameters.map(({ values }) => new Float32Array(values.length)));
  }

  /** Moves every number by its gradient as it is now. */
  step(): void {
    const { learningRate, weightDecay = 0 } = this.#options;
    this.#steps++;
    const rate = learningRate / (1 - BETA1 ** this.#steps);
    const correction = Math.sqrt(1 - BETA2 ** this.#steps);
    const kept = 1 - learningRate * weightDecay;
    for (const [place, { values, gradient }] of this.#parameters.entries()) {
      const [means, squares] = [this.#means[place], this.#squares[place]];
      for (let i = 0; i < values.length; i++) {
        const slope = gradient[i];
        const mean = BETA1 * means[i] + (1 - BETA1) * slope;
        const square = BETA2 * squares[i] + (1 - BETA2) * slope * slope;
        means[i] = mean;
        squares[i] = square;
        values[i] = values[i] * kept - (rate * mean) / (Math.sqrt(square) / correction + EPSILON);
      }
    }
  }
}
