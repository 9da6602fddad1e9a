/**
 * Every way in which medembed refuses its input, as codes for programs; the message is for people and says what was
 * found and what was needed. Messages never hold pixels, texts or patient fields.
 */
export const ERROR_CODES = [
  "usage", // the command line or an option makes no sense
  "not-found", // a file, folder or model that does not exist
  "unsupported-image", // the bytes are no image format that medembed reads
  "corrupt-image", // an image that breaks off or contradicts itself
  "image-too-large", // more pixels or bytes than the limits allow
  "corrupt-checkpoint", // weights that break off, contradict themselves or try to run code
  "wrong-checkpoint", // readable weights, but not those that the config asks for
  "invalid-config", // a config.yaml or card.json that misses or contradicts something
  "invalid-vocabulary", // tokenizer files that cannot be used
  "invalid-text", // a text that is no valid input
  "corrupt-bundle", // a built model whose files do not match their hashes
  "unknown-profile",
  "unknown-precision",
  "cancelled", // the caller has left
  "deadline-passed",
  "engine-failed", // the inference worker stopped; the message has its reason
  "closed", // asked for work after close()
  "write-failed", // the output could not be written
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** An expected failure: bad input, a full disk, a caller who left. A broken promise of our own code is a plain `Error`. */
export class MedembedError extends Error {
  override readonly name = "MedembedError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
