import { MedembedError } from "../errors.ts";

/** Enough to recognise a tensor by; a forged name of megabytes must not fill a log. */
const MAX_QUOTED_CHARACTERS = 100;

/** The error of every reader of checkpoints for bytes that break off, contradict themselves or try to run code. */
export function corrupt(message: string, options?: ErrorOptions): MedembedError {
  return new MedembedError("corrupt-checkpoint", message, options);
}

/** A name out of an untrusted file, short and with its control characters escaped, for an error message. */
export function quote(name: unknown): string {
  if (typeof name !== "string") return `<${typeof name}>`; // printing a forged object may never end
  const isLong = name.length > MAX_QUOTED_CHARACTERS;
  return JSON.stringify(isLong ? `${name.slice(0, MAX_QUOTED_CHARACTERS)}…` : name);
}
