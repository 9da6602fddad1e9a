import { acquiredPlane, type Cut, cutOf, type PatientPlane } from "../../volume/orientation.ts";
import type { Affine, Finding, FindingCode } from "../../volume/volume.ts";
import { dot, normalOf, type Vector } from "../slice-directions.ts";
import type { Place, SliceHeader } from "./slice-header.ts";

/** Of direction cosines: a twentieth of a degree, more than rounding to five digits makes. */
const SAME_AXIS = 0.001;
/** Millimetres: slices nearer to each other are at one place. */
const SAME_PLACE_MM = 0.01;
/** Of the usual spacing: positions are rounded, often to a tenth of a millimetre. */
const UNEVEN_SHARE = 0.1;
/** From here on a distance is a gap: at least one slice would fit in. */
const GAP_SHARE = 1.5;
/** How far slices are shifted in their plane, as a share of how far they are apart: one degree. */
const TILT_SHARE = 0.0175;

interface OrderedSlice<Header extends SliceHeader = SliceHeader> {
  readonly header: Header;
  /** How its picture is turned upright. */
  readonly cut: Cut;
}

/** A series, its slices in the order in which they lie in the patient, as far as they tell. */
export interface OrderedSeries<Header extends SliceHeader = SliceHeader> {
  /** To the right, to the front or upwards; where positions do not decide, by instance number. */
  readonly slices: readonly OrderedSlice<Header>[];
  /** Whether positions decide: else there is no first, last or middle slice. */
  readonly isOrdered: boolean;
  /** The plane that they are nearest to; undefined where they lie across each other or do not tell. */
  readonly plane: PatientPlane | undefined;
  /** How a volume of these slices lies, k along their order; undefined where they make no even grid. */
  readonly grid: Affine | undefined;
  readonly findings: readonly Finding[];
}

/**
 * Puts the slices of one series in order: by where they lie along the normal of their plane, and never by a guess. What does not fit is
 * reported.
 * @param headers one or more, in an order that decides where nothing else does
 */
export function orderSeries<Header extends SliceHeader>(headers: readonly Header[]): OrderedSeries<Header> {
  const kept = withoutRepeated(headers);
  const findings: Finding[] = [];
  const find = (code: FindingCode, count: number, message: string) => {
    if (count > 0) findings.push({ code, message: `${count} of ${headers.length} ${message}` });
  };
  find("repeated", headers.length - kept.length, "slices are there already; read once");
  const byNumber = kept.toSorted((a, b) => compareNumbers(a.number, b.number));
  const [first] = byNumber;
  const differs = (is: (a: Header, b: Header) => boolean) => byNumber.filter((header) => !is(first, header)).length;
  find("mixed-sizes", differs(hasSameSize), "slices differ from the first in rows, columns or pixel spacing");

  const placed = byNumber.flatMap((header) => (header.place ? [{ header, place: header.place }] : []));
  find(
    "no-position",
    kept.length > 1 ? kept.length - placed.length : 0,
    "slices do not tell where they are; the order is their number's",
  );
  const across = placed.filter(({ place }) => !isParallel(placed[0].place, place)).length;
  find("several-orientations", across, "slices lie across the first; the order is their number's");
  const cutOfHeader = ({ place }: Header) => (place ? cutOf(gridOf(place, normalOf(place)), "acquired") : UPRIGHT);
  if (placed.length < kept.length || across > 0) {
    const slices = byNumber.map((header) => ({ header, cut: cutOfHeader(header) }));
    return { slices, isOrdered: kept.length === 1, plane: undefined, grid: undefined, findings };
  }

  const cut = cutOfHeader(first);
  const normal = normalOf(placed[0].place);
  const direction = cut.along.isReversed ? -1 : 1;
  const depth = (place: Place) => direction * dot(place.position, normal);
  const inOrder = placed.toSorted((a, b) => depth(a.place) - depth(b.place)); // stable: at one place by number
  const slices = inOrder.map(({ header }) => ({ header, cut: { ...cut, along: { ...cut.along, isReversed: false } } }));
  const places = inOrder.map(({ place }) => place);
  const uneven = judgeDistances(places.map(depth), find);
  find("tilted", isTilted(places) ? kept.length : 0, "slices are shifted in their plane, one against the next");
  find("instance-order", isNumberedOtherwise(slices) ? kept.length : 0, "slices are numbered otherwise than they lie");
  const isGrid = !uneven && !findings.some(({ code }) => code === "mixed-sizes");
  const grid = gridOf(places[0], stepOf(places, normal, direction));
  return { slices, isOrdered: true, plane: acquiredPlane(grid), grid: isGrid ? grid : undefined, findings };
}

/** Pictures that do not tell how they lie stay as they are. */
const UPRIGHT: Cut = {
  along: { axis: 2, isReversed: false },
  across: { axis: 0, isReversed: false },
  down: { axis: 1, isReversed: false },
};

/** The first of each instance and frame; without a UID each is one of its own. */
function withoutRepeated<Header extends SliceHeader>(headers: readonly Header[]): Header[] {
  const seen = new Set<string>();
  return headers.filter(({ instance, frame }) => {
    if (instance === undefined) return true;
    const key = `${instance} ${frame}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Those without come last. */
function compareNumbers(a = Number.POSITIVE_INFINITY, b = Number.POSITIVE_INFINITY): number {
  return a === b ? 0 : a - b;
}

function hasSameSize(a: SliceHeader, b: SliceHeader): boolean {
  const [one, other] = [a.place?.spacing, b.place?.spacing];
  const isSpacedAlike = !one || !other || [0, 1].every((i) => Math.abs(one[i] - other[i]) < SAME_PLACE_MM);
  return a.rows === b.rows && a.columns === b.columns && isSpacedAlike;
}

function isParallel(a: Place, b: Place): boolean {
  const isAlike = (one: Vector, other: Vector) => one.every((value, i) => Math.abs(value - other[i]) < SAME_AXIS);
  return isAlike(a.across, b.across) && isAlike(a.down, b.down);
}

type Find = (code: FindingCode, count: number, message: string) => void;

/** @param depths ascending @returns whether any distance is another one than the usual, the (lower) median */
function judgeDistances(depths: readonly number[], find: Find): boolean {
  const distances = depths.slice(1).map((depth, i) => depth - depths[i]);
  const same = distances.filter((distance) => distance < SAME_PLACE_MM);
  const apart = distances.filter((distance) => distance >= SAME_PLACE_MM).sort((a, b) => a - b);
  const usual = apart[(apart.length - 1) >> 1];
  const gaps = apart.filter((distance) => distance > GAP_SHARE * usual);
  const missing = gaps.reduce((sum, gap) => sum + Math.round(gap / usual) - 1, 0);
  const uneven = apart.filter(
    (distance) => distance <= GAP_SHARE * usual && Math.abs(distance - usual) > UNEVEN_SHARE * usual,
  );
  find("same-position", same.length, "slices lie where another one lies; there the order is their number's");
  find("gap", gaps.length, `slices are followed by a gap; about ${missing} are missing`);
  find("uneven-spacing", uneven.length, "slices are nearer to the next or farther from it than usual");
  return same.length + gaps.length + uneven.length > 0;
}

function isTilted(places: readonly Place[]): boolean {
  const offset = difference(places.at(-1)!.position, places[0].position);
  const along = dot(offset, normalOf(places[0]));
  const inPlane = Math.sqrt(Math.max(0, dot(offset, offset) - along * along));
  return inPlane > TILT_SHARE * Math.abs(along) && inPlane > SAME_PLACE_MM;
}

/** Whether numbers, where there are any, neither rise nor fall all the way. */
function isNumberedOtherwise(slices: readonly OrderedSlice[]): boolean {
  const numbers = slices.flatMap(({ header }) => header.number ?? []);
  const steps = numbers.slice(1).map((number, i) => Math.sign(number - numbers[i]));
  return steps.includes(1) && steps.includes(-1);
}

/** From one slice to the next; of a slice alone, a millimetre. */
function stepOf(places: readonly Place[], normal: Vector, direction: number): Vector {
  const steps = places.length - 1;
  const offset = steps > 0 ? difference(places[steps].position, places[0].position) : scale(normal, direction);
  return scale(offset, 1 / Math.max(1, steps));
}

function gridOf({ position, across, down, spacing }: Place, step: Vector): Affine {
  const row = (axis: 0 | 1 | 2) =>
    [across[axis] * spacing[1], down[axis] * spacing[0], step[axis], position[axis]] as const;
  return [row(0), row(1), row(2)];
}

function difference(a: Vector, b: Vector): Vector {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function scale(a: Vector, factor: number): Vector {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}
