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
  "wrong-space", // vectors of another model or profile than those they would be put beside or compared with
  "invalid-data", // vectors, labels or scores that nothing can be made of: NaN, ids twice, one class only
  "corrupt-vectors", // a file of vectors that breaks off or contradicts itself
  "corrupt-library", // a table that is no library's, or whose records contradict themselves
  "server-failed", // a DICOMweb server that refuses, breaks off or answers something else than was asked for
  "queue-failed", // a queue that cannot be reached, refuses, or whose run is over
  // what only the endpoint has to refuse
  "invalid-request", // an envelope, a header or a parameter that makes no sense
  "request-too-large",
  "unsupported-media-type", // a body that is not declared as JSON, or packed in an unknown way
  "unauthorised", // no key, or a wrong one
  "forbidden", // a valid key that is not good for this
  "over-quota", // more calls a minute than the key is good for
  "no-deployment", // the header names a deployment that does not exist
  "no-library", // the path names a library that does not exist
  "no-route", // a path that does not exist
  "wrong-method", // a path that exists, for other methods
  "empty-row", // a row with neither image nor text
  "url-refused", // an image given by an address that is not fetched or gives none
  "too-many-pending", // more calls at a time than the limits allow
  "warming-up", // the model is loading
  "stopping", // the server takes no more work
  "reload-refused", // a config that cannot be taken over
  "busy", // the time allowed went by before the call's turn came
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
