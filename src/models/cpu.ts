import { readFileSync } from "node:fs";
import { cpus } from "node:os";

/** Instruction sets that decide the speed of the engine, by the names that Linux gives them. */
const TELLING_FLAGS = ["avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm"] as const;

export interface Cpu {
  readonly model: string;
  /** The telling instruction sets; undefined where the system does not say. */
  readonly flags: readonly string[] | undefined;
}

export function cpu(): Cpu {
  return {
    model: cpus()[0]?.model ?? "unknown",
    flags: process.platform === "linux" ? flagsOf(readCpuInfo()) : undefined,
  };
}

function readCpuInfo(): string {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return ""; // a sandbox without /proc says nothing
  }
}

function flagsOf(cpuInfo: string): string[] | undefined {
  const line = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(cpuInfo)?.[1];
  if (line === undefined) return undefined;
  const flags = new Set(line.split(" "));
  return TELLING_FLAGS.filter((flag) => flags.has(flag));
}
