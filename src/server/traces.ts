/** What kind of error it was, of one that is not ours; its message could hold anything. */
export function kindOf({ code, name }: NodeJS.ErrnoException): string {
  return code ?? name;
}

/** What kind of error it was and where; its message could quote what it stumbled over. */
export function tracesOf(error: Error) {
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return {
    error: kindOf(error),
    cause: error.cause instanceof Error ? kindOf(error.cause) : undefined,
    frames: frames.map((line) => line.trim()),
  };
}
