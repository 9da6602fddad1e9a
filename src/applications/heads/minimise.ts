/** A smooth function: writes its gradient at `point` into `gradient` and returns its value. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

export interface MinimiseOptions {
  readonly maxIterations: number;
  /** Stops where no part of the gradient is larger. */
  readonly tolerance: number;
  /** About the inverse Hessian times a vector, up to a factor: the closer, the fewer iterations. Default: the vector itself. */
  readonly precondition?: (vector: Float64Array) => Float64Array;
}

/** Pairs of steps and changes of the gradient that are kept. */
const MEMORY = 10;
/** Armijo: the share of the promised decrease that a step must bring. */
const SUFFICIENT_DECREASE = 1e-4;
const MAX_HALVINGS = 30;

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  /** 1 / (step · change) */
  readonly rho: number;
}

/** L-BFGS (Nocedal and Wright, algorithm 7.5) with halving line search, for convex functions. */
export function minimise(
  objective: Objective,
  start: Float64Array,
  { maxIterations, tolerance, precondition }: MinimiseOptions,
): Float64Array {
  let point = start.slice();
  let gradient = new Float64Array(point.length);
  let value = objective(point, gradient);
  const pairs: Pair[] = [];
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    if (gradient.every((part) => Math.abs(part) <= tolerance)) break;
    const direction = newtonDirection(gradient, pairs, precondition);
    const slope = dot(direction, gradient);
    let length = pairs.length > 0 || precondition ? 1 : 1 / Math.sqrt(dot(gradient, gradient));
    const nextGradient = new Float64Array(point.length);
    let next = move(point, direction, length);
    let nextValue = objective(next, nextGradient);
    for (let i = 0; i < MAX_HALVINGS && !(nextValue <= value + SUFFICIENT_DECREASE * length * slope); i++) {
      length /= 2;
      next = move(point, direction, length);
      nextValue = objective(next, nextGradient);
    }
    if (!(nextValue < value)) break; // at the limits of the arithmetic
    const step = move(next, point, -1);
    const change = move(nextGradient, gradient, -1);
    const curvature = dot(step, change);
    if (curvature > 0) pairs.push({ step, change, rho: 1 / curvature });
    if (pairs.length > MEMORY) pairs.shift();
    [point, value, gradient] = [next, nextValue, nextGradient];
  }
  return point;
}

/** -H·gradient with the inverse Hessian H as the pairs tell it. */
function newtonDirection(
  gradient: Float64Array,
  pairs: readonly Pair[],
  precondition: (vector: Float64Array) => Float64Array = (vector) => vector.slice(),
): Float64Array {
  const turned = gradient.map((part) => -part);
  const alphas = new Float64Array(pairs.length);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { step, change, rho } = pairs[i];
    alphas[i] = rho * dot(step, turned);
    add(turned, change, -alphas[i]);
  }
  const direction = precondition(turned);
  const last = pairs.at(-1);
  if (last) {
    const scale = 1 / (last.rho * dot(last.change, precondition(last.change)));
    for (let i = 0; i < direction.length; i++) direction[i] *= scale;
  }
  for (const [i, { step, change, rho }] of pairs.entries()) {
    add(direction, step, alphas[i] - rho * dot(change, direction));
  }
  return direction;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** a += factor · b */
function add(a: Float64Array, b: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] += factor * b[i];
}

/** point + length · direction */
function move(point: Float64Array, direction: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const moved = Float64Array.from(point);
  add(moved, direction, length);
  return moved;
}
