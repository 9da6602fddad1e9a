import { MedembedError } from "../../errors.ts";
import { type CallOptions, needJson, readStrictOptions } from "../calls/call-options.ts";
import type { Door } from "../calls/door.ts";
import type { ParsedRow } from "../calls/parsed-call.ts";
import { vectorAsMemory, vectorIn } from "../calls/write-vector.ts";
import { type ErrorBody, isRowFault } from "../statuses.ts";
import type { JudgedPicture, JudgedRecord } from "./judging-worker.ts";

/** `POST /library/{library}/outliers`: how far pictures or records are from those that were accepted. A bad picture fails alone. */
export const outliersDoor: Door<"outliers", CallOptions> = {
  parser: "outliers",
  readOptions: (headers) => {
    needJson(headers);
    return { ...readStrictOptions(headers), isTolerant: true };
  },
  prepare: async (rows, { asked, libraries, library }) => {
    const { key } = library!;
    const patientOf = async ({ image }: ParsedRow): Promise<string | undefined> => {
      if (!image) return undefined;
      try {
        return (await libraries.reading.factsOf({ bytes: image, key, frame: 1 })).patient;
      } catch (error) {
        if (error instanceof MedembedError && isRowFault(error.code)) return undefined; // embedding it says the same
        throw error;
      }
    };
    return { rows, asked: { ...asked, patients: await Promise.all(rows.map(patientOf)) } };
  },
  writeVector: vectorAsMemory,
  writeAnswer: async (rows, { asked, libraries, library, signal }) => {
    const { patients, where, ...settings } = asked;
    const pictures = rows.flatMap(({ image }, i): JudgedPicture[] =>
      image ? [{ vector: vectorIn(image), patient: patients[i] }] : [],
    );
    const judged = where ? { where } : { pictures };
    const found = await libraries.judging.judge({ ...settings, uri: library!.config.uri, judged }, { signal });
    const good = found.judged.values();
    const lines: readonly (JudgedRecord | ErrorBody)[] = where
      ? found.judged
      : rows.map(({ fault }) => fault ?? good.next().value!);
    const answer = { library: library!.name, ...found, judged: lines };
    return { headers: { "content-type": "application/json" }, body: Buffer.from(JSON.stringify(answer)) };
  },
};
