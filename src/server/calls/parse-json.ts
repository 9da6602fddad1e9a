import { MedembedError } from "../../errors.ts";
import { liftLongStrings } from "./long-strings.ts";

/**
 * Brackets and commas in a body. 1024 rows need a few thousand, their texts a few more; each may cost a hundred bytes of
 * memory once parsed, so that a small body of nothing else would end the process.
 */
const MAX_JSON_PARTS = 2 ** 20;

/** @param body JSON in UTF-8 @throws MedembedError "invalid-request", never with what stands there */
export function parseJson(body: Uint8Array): unknown {
  return parse(body);
}

/** As `parseJson`, but pictures may be a `LongString` in place of a string. */
export function parseJsonOfPictures(body: Uint8Array): unknown {
  const lifted = liftLongStrings(body);
  return lifted ? parse(lifted.rest, lifted.putBack) : parse(body);
}

function parse(body: Uint8Array, revive?: (key: string, value: unknown) => unknown): unknown {
  checkParts(body);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw new MedembedError("invalid-request", "the body is not UTF-8");
  }
  try {
    return JSON.parse(text, revive);
  } catch {
    throw new MedembedError("invalid-request", "the body is not JSON"); // where and why would quote it
  }
}

function checkParts(body: Uint8Array): void {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  let parts = 0;
  for (const part of "[{,") {
    for (let at = bytes.indexOf(part); at >= 0; at = bytes.indexOf(part, at + 1)) {
      if (++parts > MAX_JSON_PARTS) {
        throw new MedembedError("invalid-request", `the body has more than ${MAX_JSON_PARTS} brackets and commas`);
      }
    }
  }
}
