import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text as readAll } from "node:stream/consumers";
import { after, test } from "node:test";
import fc from "fast-check";
import { WorkerThread } from "../../src/worker-thread.ts";
import { goldenImages, openGolden } from "../golden-small.ts";
import type { TrialRequest, TrialResponse } from "../worker-thread-trial.ts";
import { altered, envelope, heldEmbedder, post, type Serving, serve, until } from "./serving.ts";

const embedder = await openGolden({ threads: 2 });
const chest = envelope(["text"], [["chest"]]);

/** The endpoint on a socket. @returns opens a connection */
async function listen({ app }: Serving): Promise<() => Promise<Socket>> {
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return async () => {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    after(() => socket.destroy());
    return socket;
  };
}

function head(bytes: number | string, headers: readonly string[] = []): string {
  return [
    "POST /score HTTP/1.1",
    "Host: localhost",
    "Content-Type: application/json",
    typeof bytes === "number" ? `Content-Length: ${bytes}` : bytes,
    ...headers,
    "\r\n",
  ].join("\r\n");
}

/** The next answer of a connection that stays open. */
async function answerOn(socket: Socket): Promise<{ status: number; body: string }> {
  let received = "";
  for (;;) {
    const [chunk] = await once(socket, "data");
    received += chunk;
    const end = received.indexOf("\r\n\r\n");
    const length = Number(/content-length: (\d+)/i.exec(received)?.[1]);
    if (end >= 0 && received.length >= end + 4 + length) {
      return { status: Number(received.split(" ")[1]), body: received.slice(end + 4) };
    }
  }
}

test("whatever is sent is answered in JSON, with a status of the contract", async () => {
  const serving = await serve(embedder);
  const cell = fc.oneof(
    fc.constant(null),
    fc.string(),
    fc.base64String(),
    fc.constant(goldenImages[0].toString("base64")),
    fc.jsonValue(),
  );
  const row = fc.oneof(fc.array(cell, { maxLength: 3 }), fc.dictionary(fc.constantFrom("image", "text", "x"), cell));
  const body = fc.oneof(
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.json(),
    fc.record(
      {
        input_data: fc.record(
          {
            columns: fc.array(fc.constantFrom("image", "text", "x"), { maxLength: 3 }),
            index: fc.oneof(fc.integer(), fc.array(fc.integer()), fc.jsonValue()),
            data: fc.array(row, { maxLength: 4 }),
          },
          { requiredKeys: [] },
        ),
        params: fc.oneof(fc.jsonValue(), fc.dictionary(fc.constant("get_scaling_factor"), fc.jsonValue())),
      },
      { requiredKeys: [] },
    ),
  );
  await fc.assert(
    fc.asyncProperty(body, fc.constantFrom("0", "1"), async (sent, tolerant) => {
      const response = await post(serving, sent, { "medembed-row-errors": tolerant });
      assert.ok([200, 400, 424].includes(response.statusCode), response.body);
      const answer = response.json();
      if (response.statusCode === 200) {
        const { data } = (sent as { input_data: { data: unknown[] } }).input_data;
        assert.equal(answer.length, data.length);
      } else assert.equal(typeof answer.error.code, "string");
    }),
    { numRuns: 150 },
  );
  assert.equal(serving.load.pending, 0);
});

test("a body beyond the limit is answered with 413, and the connection is good for the next request", async () => {
  const serving = await serve(embedder, { limits: { maxBodyBytes: 100_000 } });
  const open = await listen(serving);
  const body = JSON.stringify(chest);
  for (const isDeclared of [true, false]) {
    const socket = await open();
    const large = Buffer.alloc(5_000_000, " ");
    const size = large.length.toString(16);
    socket.write(head(isDeclared ? large.length : "Transfer-Encoding: chunked"));
    if (!isDeclared) socket.write(`${size}\r\n`);
    socket.write(large); // all of it, as clients do, whatever has been answered meanwhile
    if (!isDeclared) socket.write("\r\n0\r\n\r\n");
    const { status, body: answer } = await answerOn(socket);
    assert.equal(status, 413);
    assert.equal(JSON.parse(answer).error.code, "request_too_large");
    socket.write(head(body.length) + body);
    assert.equal((await answerOn(socket)).status, 200);
    socket.destroy();
  }
  assert.equal(serving.load.pending, 0);
});

test("half a body and no more gives its place back", async () => {
  const serving = await serve(embedder, { limits: { maxPending: 1 } });
  const socket = await (await listen(serving))();
  socket.write(`${head(1_000)}{"input_data":`);
  await until(() => serving.load.pending === 1);
  assert.equal((await post(serving, chest)).statusCode, 429);
  socket.destroy();
  await until(() => serving.load.pending === 0);
  assert.equal(serving.load.counts.left, 1);
  assert.equal((await post(serving, chest)).statusCode, 200);
  await until(() => serving.logged.some(({ status }) => status === 499));
});

test("half a packed body that ends is no gzip", async () => {
  const serving = await serve(embedder);
  const socket = await (await listen(serving))();
  socket.write(head(12, ["Content-Encoding: gzip"]));
  socket.write(Buffer.from("1f8b0800000000000003abae", "hex"));
  const { status, body } = await answerOn(socket);
  assert.equal(status, 400);
  assert.match(body, /breaks off or is no gzip/);
});

test("a body that comes byte by byte is answered like any other, and holds nobody up", async () => {
  const serving = await serve(embedder);
  const socket = await (await listen(serving))();
  socket.setNoDelay(true);
  const body = JSON.stringify(chest);
  socket.write(head(body.length));
  for (const [i, byte] of [...body].entries()) {
    if (i === 50) assert.equal((await post(serving, chest)).statusCode, 200);
    await new Promise((written) => socket.write(byte, written));
  }
  const { status, body: answer } = await answerOn(socket);
  assert.equal(status, 200);
  assert.deepEqual(JSON.parse(answer)[0].text_features, Array.from(await embedder.embedText("chest")));
});

test("who never sends the rest is told so in JSON when the time for it is up", async () => {
  const serving = await serve(embedder);
  const open = await listen(serving);
  const { server } = serving.app;
  assert.equal(server.requestTimeout, 120_000);
  const connected = once(server, "connection");
  const socket = await open();
  const [ofServer] = await connected;
  socket.write(`${head(1_000)}{`);
  await until(() => serving.load.pending === 1);
  server.emit("clientError", Object.assign(new Error(), { code: "ERR_HTTP_REQUEST_TIMEOUT" }), ofServer); // as Node does then
  const answer = await readAll(socket);
  assert.match(answer, /^HTTP\/1\.1 408 /);
  assert.equal(JSON.parse(answer.split("\r\n\r\n")[1]).error.code, "timeout");
  await until(() => serving.load.pending === 0);
});

test("who does not read a large answer holds nobody up, and gets it whole in the end", async () => {
  const serving = await serve(
    altered(embedder, {
      embedText: async (text) => (text === "wide" ? new Float32Array(1024).fill(1 / 3) : embedder.embedText(text)),
    }),
  );
  const socket = await (await listen(serving))();
  const data = Array.from({ length: 1024 }, () => ["wide"]);
  const body = JSON.stringify(envelope(["text"], data));
  socket.write(head(body.length, ["Connection: close"]) + body);
  await until(() => serving.load.counts.finished === 1);
  assert.equal((await post(serving, chest)).statusCode, 200);
  const [headers, answer] = (await readAll(socket)).split("\r\n\r\n");
  assert.match(headers, /^HTTP\/1\.1 200 /);
  const rows: { text_features: number[] }[] = JSON.parse(answer);
  assert.equal(rows.length, data.length);
  for (const { text_features } of rows)
    assert.deepEqual(Float32Array.from(text_features), new Float32Array(1024).fill(1 / 3));
});

test("200 calls at once where 8 may be: each is answered, with its own vector or with 429, and later with its vector", async () => {
  const { held, hold, release } = heldEmbedder(embedder);
  const serving = await serve(held, { limits: { maxPending: 8 } });
  await listen(serving);
  const { port } = serving.app.server.address() as AddressInfo;
  const texts = Array.from({ length: 200 }, (_, i) => `chest ${i}`);
  const expected = await Promise.all(texts.map(async (text) => Array.from(await embedder.embedText(text))));
  const ask = (i: number) =>
    fetch(`http://127.0.0.1:${port}/score`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(envelope(["text"], [[texts[i]]])),
    });
  const assertRight = async (i: number, response: Response) => {
    assert.equal(response.status, 200);
    const rows = (await response.json()) as { text_features: number[] }[];
    assert.deepEqual(
      rows.map(({ text_features }) => text_features),
      [expected[i]],
    );
  };
  hold();
  const calls = texts.map((_, i) => ask(i));
  await until(() => serving.load.counts.refused > 0);
  release();
  const refused: number[] = [];
  for (const [i, response] of (await Promise.all(calls)).entries()) {
    if (response.status !== 429) await assertRight(i, response);
    else {
      assert.match(String(response.headers.get("retry-after")), /^[1-9]\d*$/);
      assert.equal(((await response.json()) as { error: { code: string } }).error.code, "too_many_pending");
      refused.push(i);
    }
  }
  const { counts } = serving.load;
  assert.deepEqual(
    [counts.refused, counts.finished, counts.left],
    [refused.length, texts.length - refused.length, 0],
    "as the server counts them",
  );
  assert.ok(refused.length > 0 && refused.length <= 192);
  for (const i of refused) await assertRight(i, await ask(i));
  assert.equal(serving.load.pending, 0);
});

test("a thread that stops fails the calls it had, and the next ones are served", async () => {
  const thread = new WorkerThread<TrialRequest, TrialResponse>(
    new URL("../worker-thread-trial.ts", import.meta.url),
    "hello",
  );
  after(() => thread.close());
  const serving = await serve(
    altered(embedder, {
      embedText: async (text) => {
        await thread.call(text === "poison" ? { task: "exit" } : { task: "echo", number: 1 });
        return embedder.embedText(text);
      },
    }),
  );
  const [bad, beside] = await Promise.all([post(serving, envelope(["text"], [["poison"]])), post(serving, chest)]);
  for (const response of [bad, beside]) {
    assert.equal(response.statusCode, 500);
    assert.equal(response.json().error.code, "engine_failed");
  }
  assert.equal((await post(serving, chest)).statusCode, 200);
  assert.equal(serving.load.pending, 0);
});

test("however many rows are sent, a bounded number is in work, and a small call gets in between", async () => {
  let [inWork, most] = [0, 0];
  const serving = await serve(
    altered(embedder, {
      embedText: async () => {
        most = Math.max(most, ++inWork);
        await new Promise((resolve) => setImmediate(resolve));
        inWork--;
        return Float32Array.of(1);
      },
    }),
  );
  const ended: string[] = [];
  const send = async (name: string, rows: number) => {
    const { statusCode } = await post(
      serving,
      envelope(
        ["text"],
        Array.from({ length: rows }, () => ["x"]),
      ),
    );
    assert.equal(statusCode, 200);
    ended.push(name);
  };
  await Promise.all([...Array.from({ length: 6 }, () => send("large", 500)), send("small", 1)]);
  assert.equal(most, 128);
  assert.equal(ended[0], "small");
});

test("what is no HTTP is answered in JSON too", async () => {
  const serving = await serve(embedder);
  const open = await listen(serving);
  for (const [bytes, status] of [
    ["nonsense\r\n\r\n", 400],
    [`GET /live HTTP/1.1\r\nx: ${"y".repeat(40_000)}\r\n\r\n`, 431],
  ] as const) {
    const socket = await open();
    socket.write(bytes);
    const answer = await readAll(socket);
    assert.equal(Number(answer.split(" ")[1]), status);
    assert.equal(JSON.parse(answer.split("\r\n\r\n")[1]).error.code, "invalid_request");
  }
});

test("when there is no more time to stop, what is in work is told to come again", async () => {
  const { held, hold, begun, release } = heldEmbedder(embedder);
  const serving = await serve(held);
  hold();
  const call = post(serving, chest);
  await until(() => begun() === 1);
  serving.endpoint.stop();
  serving.load.stopAll();
  const response = await call;
  assert.equal(response.statusCode, 503);
  assert.ok(response.headers["retry-after"]);
  assert.equal(response.headers.connection, "close");
  assert.equal(serving.load.counts.stopped, 1);
  release();
});
