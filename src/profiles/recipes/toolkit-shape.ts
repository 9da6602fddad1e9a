import type { Raster, Size } from "../resize-bicubic.ts";
import { type Given, onlyOneOf, readNumbers, readSwitch } from "./options.ts";
import { padToSquare } from "./pad-to-square.ts";
import { resizeSpline } from "./resize-spline.ts";

export const SHAPE_OPTIONS = ["pad", "size", "edge"] as const;

/** What is done to width and height. */
export interface Shape {
  readonly isPadded: boolean;
  /** To this size, to this longest edge, or not at all. */
  readonly target: Size | { readonly edge: number } | undefined;
}

/** More would only cost memory: endpoints shrink the picture again. */
const PIXELS = { min: 1, max: 4096, isWhole: true } as const;

const DEFAULT_SHAPE: Shape = { isPadded: false, target: { width: 480, height: 480 } };

/** What is given replaces all of the default, as in the toolkit: `pad=1` alone leaves the size. @throws MedembedError "usage" */
export function readShape(given: Given): Shape {
  if (!SHAPE_OPTIONS.some((option) => Object.hasOwn(given, option))) return DEFAULT_SHAPE;
  return { isPadded: readSwitch(given, "pad"), target: readTarget(given) };
}

function readTarget(given: Given): Shape["target"] {
  const option = onlyOneOf(given, ["size", "edge"]);
  if (option === undefined) return undefined;
  if (option === "edge") return { edge: readNumbers(given, "edge", { counts: [1], ...PIXELS })[0] };
  const [height, width = height] = readNumbers(given, "size", { counts: [1, 2], ...PIXELS });
  return { height, width };
}

/** Nothing for the default, else all of it. */
export function shapeId({ isPadded, target }: Shape): string[] {
  const size = targetId(target);
  if (size === "size=480" && !isPadded) return [];
  return isPadded || size === undefined ? [`pad=${Number(isPadded)}`, ...(size ? [size] : [])] : [size];
}

function targetId(target: Shape["target"]): string | undefined {
  if (target === undefined) return undefined;
  if ("edge" in target) return `edge=${target.edge}`;
  const { width, height } = target;
  return width === height ? `size=${width}` : `size=${height},${width}`;
}

export function reshape(picture: Raster, { isPadded, target }: Shape): Raster {
  const padded = isPadded ? padToSquare(picture) : picture;
  return target === undefined ? padded : resizeSpline(padded, "edge" in target ? sizeOf(padded, target.edge) : target);
}

/** Both sides cut off to whole pixels, after multiplication with a share that is not exact: the longest may lose one, too. */
function sizeOf({ width, height }: Size, edge: number): Size {
  const scale = edge / Math.max(width, height);
  return { width: Math.max(1, Math.trunc(width * scale)), height: Math.max(1, Math.trunc(height * scale)) };
}
