import type { LibraryMap } from "../../library/library-map.ts";
import { reportPage } from "../../reports/page.ts";
import { scatterPlot } from "../../reports/scatter-plot.ts";
import type { Columns } from "../../vector-files/vector-file.ts";
import { describeSpace, type VectorSpace } from "../../vector-space.ts";
import type { Report } from "../report-files.ts";

interface DrawnRecords {
  /** What is known of each. */
  readonly records: readonly Columns[];
  /** The field that gives the points their colours. */
  readonly colour: string;
  readonly space: VectorSpace;
}

/** What a map says, for programs. */
interface MapFigures extends Omit<LibraryMap, "places"> {
  readonly placed: number;
  /** Records that were added later. */
  readonly notPlaced: number;
  readonly points: readonly { readonly id: string; readonly x: number; readonly y: number }[];
}

/** The group of points whose field is not known. */
const UNKNOWN = "not known";
const AXES = { pca: ["first component", "second component"] } as const satisfies Record<
  string,
  readonly [string, string]
>;

/** The records of a library on its map. @returns with a line that says what there is */
export function mapReport(
  { places, ...made }: LibraryMap,
  { records, colour, space }: DrawnRecords,
): Report & { readonly figures: MapFigures; readonly about: string } {
  const rows = records
    .map((record) => ({
      id: String(record.id),
      source: String(record.source ?? ""),
      group: String(record[colour] ?? UNKNOWN),
      place: places.get(String(record.id)),
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const placed = rows.flatMap(({ place, ...row }) => (place ? [{ ...row, x: place[0], y: place[1] }] : []));
  const notPlaced = rows.length - placed.length;
  const about = `${made.method} map of ${placed.length} records, seed ${made.seed}`;
  const page = reportPage({
    title: "Map of a library",
    about: [
      `${about}, made ${made.made}`,
      `Vectors of ${describeSpace(space)}`,
      ...(notPlaced > 0 ? [`Records added later, without a place: ${notPlaced}`] : []),
    ],
    sections: [
      {
        title: `By ${colour}`,
        about: "What lies together is alike to the model. The pointer on a point shows its path.",
        parts: [
          scatterPlot({
            title: `${placed.length} records by ${colour}`,
            description: `A point for each record, by ${made.method}; points of one ${colour} have one colour and shape.`,
            points: placed.map(({ x, y, group, source }) => ({ x, y, group, name: source })),
            ...(made.method === "pca" && { axes: AXES.pca }),
          }),
        ],
      },
    ],
  });
  const points = placed.map(({ id, x, y }) => ({ id, x, y }));
  return {
    page,
    about,
    figures: { ...made, placed: placed.length, notPlaced, points },
    records: [
      ["id", "source", colour, "x", "y"],
      ...rows.map(({ id, source, group, place }) => [id, source, group, ...(place ?? ["", ""]).map(String)]),
    ],
  };
}
