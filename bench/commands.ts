import { PRECISIONS, type Precision } from "../src/models/bundle.ts";
import { peakMemory, timeCommand, timeEmptyNode } from "./child.ts";

/** What whole processes of the command line cost, with the bundles in the cache already. */
export interface CommandFigures {
  readonly emptyNodeSeconds: readonly number[];
  /** Of `medembed embed one.png`. */
  readonly coldStartSeconds: Readonly<Record<Precision, readonly number[]>>;
  /** Of `medembed embed` with all the pictures. */
  readonly peakMemoryBytes: Readonly<Record<Precision, number>>;
}

/** @param options of the command line, beside the precision */
export async function measureCommands(
  pictures: readonly string[],
  options: readonly string[],
  rounds: number,
): Promise<CommandFigures> {
  const embed = (precision: Precision, paths: readonly string[]) => [
    "embed",
    ...paths,
    ...options,
    "--precision",
    precision,
  ];
  const emptyNodeSeconds: number[] = [];
  const coldStartSeconds: Record<Precision, number[]> = { fp32: [], int8: [] };
  for (let round = 0; round < rounds; round++) {
    emptyNodeSeconds.push(await timeEmptyNode());
    for (const precision of PRECISIONS) {
      coldStartSeconds[precision].push(await timeCommand(embed(precision, pictures.slice(0, 1))));
    }
  }
  const peakMemoryBytes = {
    fp32: await peakMemory(embed("fp32", pictures)),
    int8: await peakMemory(embed("int8", pictures)),
  };
  return { emptyNodeSeconds, coldStartSeconds, peakMemoryBytes };
}
