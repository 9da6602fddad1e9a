import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { after, test } from "node:test";
import sharp from "sharp";
import { imageFetcher } from "../../src/server/calls/fetch-image.ts";
import type { ServingEmbedder } from "../../src/server/deployment.ts";
import { goldenImages, openGolden } from "../golden-small.ts";
import { altered, envelope, heldEmbedder, post, type Serving, serve, until } from "./serving.ts";

const embedder = await openGolden();
const image = goldenImages[0].toString("base64");
const chest = envelope(["text"], [["chest"]]);
const NONE = { receiving: 0, parsing: 0, fetching: 0, queued: 0, preparing: 0, computing: 0 };

/** The embedder with a list of what it began to work on: "text", and of an image "image" to prepare and "image" to compute. */
function watched(inner: ServingEmbedder = embedder) {
  const begun: string[] = [];
  const tell = (what: string, onBegin?: () => void) => () => {
    begun.push(what);
    onBegin?.();
  };
  const watching = altered(inner, {
    embedImage: (bytes, options) => inner.embedImage(bytes, { ...options, onBegin: tell("image", options?.onBegin) }),
    embedText: (text, patience) => inner.embedText(text, { ...patience, onBegin: tell("text", patience?.onBegin) }),
  });
  return { watching, begun };
}

/** An endpoint after its self-test, on a socket. */
async function listen(inner?: ServingEmbedder, options: Parameters<typeof serve>[1] = {}) {
  const { watching, begun } = watched(inner);
  const serving = await serve(watching, options);
  begun.length = 0;
  await serving.app.listen({ host: "127.0.0.1", port: 0 });
  return { serving, begun };
}

/** Sends a request, of which the body may have more to come. @returns the connection, for leaving */
async function send({ app }: Serving, body: string, bytes = body.length): Promise<Socket> {
  const socket = connect((app.server.address() as AddressInfo).port, "127.0.0.1");
  await once(socket, "connect");
  after(() => socket.destroy());
  socket.write(
    `POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n${body}`,
  );
  return socket;
}

async function leave({ load }: Serving, socket: Socket): Promise<void> {
  socket.destroy();
  await until(() => load.pending === 0);
}

test("who leaves while the body arrives has nothing parsed", async () => {
  const { serving, begun } = await listen();
  const socket = await send(serving, '{"input_data":', 10_000);
  await until(() => serving.load.stages.receiving === 1);
  await leave(serving, socket);
  assert.deepEqual(serving.load.dropped, { ...NONE, receiving: 1 });
  assert.deepEqual(begun, []);
});

test("a call whose time is up while it is parsed has nothing computed", async () => {
  const { serving, begun } = await listen();
  const large = envelope(["text"], [["chest"], [" ".repeat(2 ** 20)]]); // parsed in a thread, which takes longer to start
  const response = await post(serving, large, { "request-timeout-ms": "1" });
  assert.equal(response.statusCode, 503);
  assert.deepEqual(serving.load.dropped, { ...NONE, parsing: 1 });
  assert.equal((await post(serving, chest)).statusCode, 200);
  assert.deepEqual(begun, ["text"], "that of the second call");
});

test("who leaves while an image is fetched ends the fetching and has nothing computed", async () => {
  const host = createServer(() => {}); // never answers
  host.listen(0, "127.0.0.1");
  await once(host, "listening");
  after(() => host.close());
  const origin = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
  const limits = { origins: [origin], allowPrivate: true, maxBytes: 1_000, timeoutMs: 60_000 };
  const { serving, begun } = await listen(embedder, { fetchImage: imageFetcher(limits) });
  const asked = once(host, "request");
  const socket = await send(serving, JSON.stringify(envelope(["image", "text"], [[`${origin}/a.png`, "chest"]])));
  const [request] = await asked;
  assert.equal(serving.load.stages.fetching, 1);
  await leave(serving, socket);
  if (!request.socket.destroyed) await once(request.socket, "close");
  assert.deepEqual(serving.load.dropped, { ...NONE, fetching: 1 });
  assert.deepEqual(begun, []);
});

test("who leaves the queue has nothing computed; who leaves in the midst of it no more than what is in work", async () => {
  const { held, hold, release, begun: heldBegun } = heldEmbedder(embedder);
  const { serving, begun } = await listen(held);
  hold();
  const texts = JSON.stringify(envelope(["text"], [["one"], ["two"], ["three"]]));
  const worked = await send(serving, texts);
  await until(() => heldBegun() === 1);
  const queued = await send(serving, texts);
  await until(() => serving.load.stages.queued === 1);
  assert.equal(serving.load.stages.computing, 1);
  for (const socket of [worked, queued]) socket.destroy();
  await until(() => serving.load.pending === 0);
  release();
  assert.equal((await post(serving, chest)).statusCode, 200);
  assert.deepEqual(serving.load.dropped, { ...NONE, queued: 1, computing: 1 });
  assert.deepEqual(begun, ["text", "text"], "the one in work, and that of the last call");
});

test("who leaves while an image is prepared has it not computed", async () => {
  const { serving, begun } = await listen();
  const noise = { type: "gaussian", mean: 128, sigma: 60 } as const;
  const large = await sharp({ create: { width: 4_000, height: 4_000, channels: 3, background: "gray", noise } })
    .png({ compressionLevel: 1 })
    .toBuffer();
  const socket = await send(serving, JSON.stringify(envelope(["image"], [[large.toString("base64")]])));
  await until(() => serving.load.stages.preparing === 1);
  await leave(serving, socket);
  assert.deepEqual(serving.load.dropped, { ...NONE, preparing: 1 });
  assert.equal((await post(serving, envelope(["image"], [[image]]))).statusCode, 200); // prepared by the same thread, later
  assert.deepEqual(begun, ["image", "image", "image"], "one that was prepared, one that was prepared and computed");
});
