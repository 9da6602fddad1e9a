import { threadId } from "node:worker_threads";
import { MedembedError } from "../src/errors.ts";
import { answerRequests } from "../src/worker-thread.ts";

export interface TrialRequest {
  readonly task:
    | "echo"
    | "refuse"
    | "stumble"
    | "exit"
    | "crash"
    | "double"
    | "answer a function"
    | "tell and go on for ever";
  readonly number?: number;
  readonly bytes?: Uint8Array;
}

export interface TrialResponse {
  readonly text: string;
  readonly threadId: number;
  readonly bytes?: Uint8Array<ArrayBuffer>;
}

type Task = (
  greeting: string,
  request: TrialRequest,
  tell: (number: number) => void,
) => Partial<TrialResponse> | Promise<Partial<TrialResponse>>;

const TASKS: Readonly<Record<TrialRequest["task"], Task>> = {
  echo: (greeting, { number }) => ({ text: `${greeting} ${number}` }),
  refuse: () => {
    throw new MedembedError("corrupt-image", "3 bytes, needed: 4");
  },
  stumble: () => {
    throw new Error("a promise was broken");
  },
  exit: () => process.exit(3),
  crash: () => {
    setImmediate(() => {
      throw new Error("out of the blue");
    });
    return new Promise(() => {});
  },
  double: (_, { bytes }) => ({ bytes: new Uint8Array(bytes!.map((byte) => 2 * byte)) }),
  "tell and go on for ever": (_greeting, _request, tell) => {
    for (let number = 1; ; number++) if (number <= 2) tell(number);
  },
  "answer a function": () => ({ text: (() => "") as unknown as string }),
};

// The thread that worker-thread.test.ts puts to the trial.
answerRequests<string, TrialRequest, TrialResponse, number>((greeting) => async (request, tell) => {
  const response = { text: "", threadId, ...(await TASKS[request.task](greeting, request, tell)) };
  return { response, transfer: response.bytes ? [response.bytes.buffer] : [] };
});
