import { Readable } from "node:stream";
import { type CallOptions, needJson, readStrictOptions } from "../../calls/call-options.ts";
import type { Door } from "../../calls/door.ts";
import { vectorAsMemory } from "../../calls/write-vector.ts";
import { answerOf } from "../../statuses.ts";

/** Some minutes for the slowest head; who wants more has the command line. */
const MAX_TRAINING_MS = 600_000;

/** `POST /library/{library}/adapters`: trains on labels of records, and tells how it goes, a line of JSON each. */
export const trainingDoor: Door<"training", CallOptions> = {
  parser: "training",
  workMs: MAX_TRAINING_MS,
  readOptions: (headers) => {
    needJson(headers);
    return readStrictOptions(headers);
  },
  writeVector: vectorAsMemory,
  writeAnswer: async (_rows, { asked, libraries, library, signal }) => {
    const lines = new Readable({ read() {} }); // a line an epoch at most: nobody needs to wait for the reader
    const write = (line: object) => lines.push(`${JSON.stringify(line)}\n`);
    // What is refused before anything could be told gets the status of a refusal.
    await new Promise<void>((begun, refused) => {
      let hasBegun = false;
      const begin = () => {
        hasBegun = true;
        begun();
      };
      libraries.training
        .train(
          library!,
          asked,
          (progress) => {
            write(progress);
            begin();
          },
          signal,
        )
        .then(
          (outcome) => write({ kind: "done", ...outcome }),
          (error: unknown) => {
            if (!hasBegun) return refused(error);
            const { status, body } = answerOf(error);
            if (status === 500) library!.report(error as Error);
            write({ kind: "failed", ...body });
          },
        )
        .finally(() => {
          begin();
          lines.push(null);
        });
    });
    return {
      headers: { "content-type": "application/jsonl", "cache-control": "no-store", "x-accel-buffering": "no" },
      body: lines,
    };
  },
};
