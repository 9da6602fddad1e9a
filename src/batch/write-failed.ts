import { MedembedError } from "../errors.ts";

/** A full disk and the like. What was flushed before stays good. */
export function writeFailed(path: string, cause: NodeJS.ErrnoException): MedembedError {
  const remedy = "what is done is kept; once there is room, run the same again and it goes on";
  return new MedembedError("write-failed", `cannot write ${path}: ${cause.code ?? cause.message}; ${remedy}`, {
    cause,
  });
}
