import { MedembedError } from "../../errors.ts";
import { type Given, readSwitch } from "./options.ts";
import type { Reading, Recipe } from "./recipe.ts";
import {
  DEFAULT_LEVELS,
  LEVELS_NAMES,
  levelsId,
  readLevels,
  stretchAsMeant,
  stretchAsToolkit,
} from "./toolkit-levels.ts";
import { readShape, reshape, SHAPE_OPTIONS, shapeId } from "./toolkit-shape.ts";
import { withoutAlpha } from "./without-alpha.ts";

export const TOOLKIT_OPTIONS = [...LEVELS_NAMES, ...SHAPE_OPTIONS, "parity", "engine"];

/** Libraries that the toolkit can read DICOM files with; the first is its default. */
const ENGINES = ["sitk", "pydicom"] as const satisfies readonly Reading[];

/**
 * What `MedImageInsightClient` of `healthcareai_toolkit` sends: numbers to 8 bits, padded where asked for, resized. With
 * `parity=1` it is what comes out there, else what was meant.
 * @throws MedembedError "usage"
 */
export function toolkit480(given: Given): Recipe {
  const isParity = readSwitch(given, "parity");
  const engine = readEngine(given, isParity);
  const asked = readLevels(given);
  const shape = readShape(given);
  const isSaid = asked && !(isParity && levelsId(asked) === levelsId(DEFAULT_LEVELS));
  return {
    id: [
      "toolkit-480",
      ...(isSaid ? [levelsId(asked)] : []),
      ...shapeId(shape),
      ...(isParity ? ["parity=1"] : []),
      ...(engine === ENGINES[0] ? [] : [`engine=${engine}`]),
    ].join(";"),
    takes: "numbers",
    reading: isParity ? engine : "medembed",
    follow(pixels) {
      const kept = isParity ? pixels : withoutAlpha(pixels);
      const data = isParity ? stretchAsToolkit(kept, asked ?? DEFAULT_LEVELS) : stretchAsMeant(kept, asked);
      return reshape({ ...kept, data }, shape);
    },
  };
}

function readEngine({ engine: text = ENGINES[0] }: Given, isParity: boolean): (typeof ENGINES)[number] {
  const engine = ENGINES.find((known) => known === text);
  if (engine === undefined || (engine !== ENGINES[0] && !isParity)) {
    throw new MedembedError("usage", `engine is one of ${ENGINES.join(", ")}, and goes with parity=1`);
  }
  return engine;
}
