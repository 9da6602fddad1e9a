import { DockerfileParser, type Instruction, type ModifiableInstruction } from "dockerfile-ast";
import { readDeployFile } from "./deploy-file.ts";

/** An instruction without its keyword and flags, e.g. ["--from=build"] and ["/app/dist", "./dist"]. */
interface Step {
  readonly keyword: string;
  readonly flags: readonly string[];
  readonly args: readonly string[];
}

/** What FROM begins. */
export interface Stage {
  /** As later stages call it. */
  readonly name: string | undefined;
  /** E.g. "node:22-bookworm-slim". */
  readonly base: string;
  readonly steps: readonly Step[];
}

/** The stages of deploy/Dockerfile, the image itself last. */
export function readStages(): Stage[] {
  const stages: { name: string | undefined; base: string; steps: Step[] }[] = [];
  for (const instruction of DockerfileParser.parse(readDeployFile("Dockerfile")).getInstructions()) {
    const { keyword, flags, args } = stepOf(instruction);
    if (keyword === "FROM") stages.push({ base: args[0], name: args[2], steps: [] });
    else stages.at(-1)!.steps.push({ keyword, flags, args });
  }
  return stages;
}

function stepOf(instruction: Instruction | ModifiableInstruction): Step {
  return {
    keyword: instruction.getKeyword(),
    flags: "getFlags" in instruction ? instruction.getFlags().map(String) : [],
    args: instruction.getArguments().map((argument) => argument.getValue()),
  };
}

/** The arguments of the last step of a kind, the one that holds. */
export function lastOf(stage: Stage, keyword: string): readonly string[] {
  return stage.steps.findLast((step) => step.keyword === keyword)!.args;
}

/** A command in its exec form; that of HEALTHCHECK has CMD before it. @throws where it is one for a shell, which would not pass signals on */
export function commandOf(args: readonly string[]): string[] {
  return JSON.parse(args.slice(args[0] === "CMD" ? 1 : 0).join(" "));
}

/** The variables that a stage sets. */
export function environmentOf(stage: Stage): Record<string, string> {
  const pairs = stage.steps.filter(({ keyword }) => keyword === "ENV").flatMap(({ args }) => args);
  return Object.fromEntries(pairs.map((pair) => pair.split("=") as [string, string]));
}

/** A COPY: from the repository, or from an earlier stage. */
export interface Copy {
  readonly from: string | undefined;
  readonly sources: readonly string[];
  readonly target: string;
}

export function copiesOf(stage: Stage): Copy[] {
  return stage.steps
    .filter(({ keyword }) => keyword === "COPY")
    .map(({ flags, args }) => ({
      from: flags.find((flag) => flag.startsWith("--from="))?.slice("--from=".length),
      sources: args.slice(0, -1),
      target: args.at(-1)!,
    }));
}
