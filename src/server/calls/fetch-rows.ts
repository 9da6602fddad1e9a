import { MedembedError } from "../../errors.ts";
import { isRowFault } from "../statuses.ts";
import type { FetchImage, FetchOptions } from "./fetch-image.ts";
import type { ParsedRow } from "./parsed-call.ts";
import { RowError } from "./row-error.ts";

/** Of one call at a time: hosts of images are rarely made for more. */
const FETCHES_OF_A_CALL = 8;

export interface FetchRowsOptions extends FetchOptions {
  /** Undefined: addresses are not fetched. */
  readonly fetchImage: FetchImage | undefined;
  /** A bad row fails alone instead of failing the call. */
  readonly isTolerant: boolean;
}

/** Rows with the images that were given by their address. @throws RowError for a bad one, unless tolerated; what stopped it */
export async function fetchRows(
  rows: readonly ParsedRow[],
  { fetchImage = refuseAll, isTolerant, ...options }: FetchRowsOptions,
): Promise<readonly ParsedRow[]> {
  const isLost = !isTolerant && rows.some(({ fault }) => fault); // whatever is fetched
  if (isLost || rows.every(({ imageUrl }) => imageUrl === undefined)) return rows;
  const fetched = [...rows];
  const waiting = rows.entries();
  const work = async () => {
    for (const [i, { imageUrl, ...row }] of waiting) {
      if (imageUrl === undefined) continue;
      try {
        fetched[i] = { ...row, image: await fetchImage(imageUrl, options) };
      } catch (error) {
        if (!(error instanceof MedembedError) || !isRowFault(error.code)) throw error;
        const fault = { code: error.code, message: error.message, column: "image" as const };
        if (!isTolerant) throw new RowError(i, fault);
        fetched[i] = { fault };
      }
    }
  };
  await Promise.all(Array.from({ length: FETCHES_OF_A_CALL }, work));
  return fetched;
}

const refuseAll: FetchImage = async () => {
  throw new MedembedError("url-refused", "addresses are not fetched; send the bytes of the image as base64");
};
