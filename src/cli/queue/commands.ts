import { type CommandSpec, JSON_OUT, QUEUE } from "../flags.ts";

export const QUEUE_COMMANDS = {
  status: {
    usage: "",
    summary: "show workers, runs, and how far each has come",
    options: [QUEUE, JSON_OUT],
    examples: ["medembed queue status --queue redis://queue.example:6379"],
    load: async () => (await import("./steer.ts")).status,
  },
  pause: {
    usage: "",
    summary: "let workers finish what they have begun and take no more",
    options: [QUEUE],
    examples: ["medembed queue pause --queue redis://queue.example:6379"],
    load: async () => (await import("./steer.ts")).pause,
  },
  resume: {
    usage: "",
    summary: "let workers take up their work again",
    options: [QUEUE],
    examples: ["medembed queue resume --queue redis://queue.example:6379"],
    load: async () => (await import("./steer.ts")).resume,
  },
  retry: {
    usage: "",
    summary:
      "put shards on the queue again that were given up, for instance because a disk was full, or not begun by a deadline, which is lifted",
    options: [QUEUE],
    examples: ["medembed queue retry --queue redis://queue.example:6379"],
    load: async () => (await import("./steer.ts")).retry,
  },
  drain: {
    usage: "",
    summary: "take off the queue what nobody has begun; the command that added a run again goes on with it",
    options: [QUEUE],
    examples: ["medembed queue drain --queue redis://queue.example:6379"],
    load: async () => (await import("./steer.ts")).drain,
  },
} as const satisfies Record<string, CommandSpec>;
