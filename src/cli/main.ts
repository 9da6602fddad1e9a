#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { type ErrorCode, MedembedError } from "../errors.ts";
import { COMMANDS, GROUPS } from "./commands.ts";
import type { CommandSpec } from "./flags.ts";

/** 0: all went well. 1: some input or the work failed. 2: the command line makes no sense. */
const EXIT = { failed: 1, usage: 2 } as const;

const USAGE_CODES: ReadonlySet<ErrorCode> = new Set(["usage", "unknown-profile", "unknown-precision"]);

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const program = new Command("medembed")
  .description("Medical images and text to vectors of one shared space: an open, self-hosted MedImageInsight.")
  .version(version)
  .exitOverride()
  .showHelpAfterError("(see --help)");

for (const [name, spec] of Object.entries(COMMANDS)) addCommand(program, name, spec);
for (const [name, { summary, commands }] of Object.entries(GROUPS)) {
  const group = program.command(name).summary(summary).description(summary).exitOverride();
  for (const [member, spec] of Object.entries(commands)) addCommand(group, member, spec);
}

// Whoever waits for a line to be written learns of it there. Leaving here, with a thread inside the engine, aborts the process.
let stdoutError: unknown;
process.stdout.on("error", (error) => {
  stdoutError = error;
  process.exitCode = exitCode(error);
});

try {
  await program.parseAsync();
} catch (error) {
  if (error !== stdoutError) process.exitCode = exitCode(error);
}

function exitCode(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage; // commander has printed it
  if ((error as NodeJS.ErrnoException).code === "EPIPE") return 0; // a reader such as `head` that has seen enough
  if ((error as NodeJS.ErrnoException).syscall === "write") {
    console.error(`medembed: cannot write to standard output: ${(error as NodeJS.ErrnoException).code}`);
    return EXIT.failed;
  }
  if (!(error instanceof MedembedError)) throw error;
  console.error(`medembed: ${error.message}`);
  return USAGE_CODES.has(error.code) ? EXIT.usage : EXIT.failed;
}

function addCommand(parent: Command, name: string, spec: CommandSpec): void {
  const command = parent
    .command(`${name} ${spec.usage}`.trim())
    .summary(spec.summary)
    .description(spec.summary)
    .exitOverride();
  for (const { flags, description, isRepeatable } of spec.options) {
    const option = new Option(flags, description);
    if (isRepeatable) option.argParser((value, previous: string[] = []) => [...previous, value]);
    command.addOption(option);
  }
  command.addHelpText("after", `\nExamples:\n${spec.examples.map((example) => `  ${example}`).join("\n")}`);
  command.action(async () => {
    const run = await spec.load();
    process.exitCode = (await run(command.args, command.opts())) || process.exitCode;
  });
}
