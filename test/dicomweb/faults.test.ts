import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { after, test } from "node:test";
import {
  type DicomWebOptions,
  DicomWebSource,
  type InstanceAddress,
  type Selection,
} from "../../src/dicomweb/dicomweb-source.ts";
import { fakeClock } from "../client/fault-server.ts";

type Play = (response: ServerResponse, request: IncomingMessage) => void;

const ADDRESS = { study: "1.2", series: "1.2.3", instance: "1.2.3.4" };
const FILE = Buffer.from("the bytes of a DICOM file");
/** What a server may say of the people in it. */
const SECRET = "Quillfeather^Ottoline";
const TOKEN = "a-secret-token";

/** A real server that answers the first request with the first play and so on; the last one is played on. */
async function playing(...plays: Play[]) {
  const requests: IncomingMessage[] = [];
  const connections: Socket[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    plays[Math.min(requests.length, plays.length) - 1](response, request);
  });
  server.on("connection", (socket) => connections.push(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/dicom-web`, requests, connections };
}

async function sourceOf(plays: Play[], options: Partial<DicomWebOptions> = {}) {
  const { clock, slept } = fakeClock({ random: 0.5 });
  const notes: string[] = [];
  const { url, requests, connections } = await playing(...plays);
  const source = new DicomWebSource({
    url,
    clock,
    credentials: { token: TOKEN },
    onRetry: ({ message }) => notes.push(message),
    ...options,
  });
  return { source, requests, connections, slept, notes };
}

async function list(source: DicomWebSource, selection: Selection): Promise<InstanceAddress[]> {
  const found: InstanceAddress[] = [];
  for await (const address of source.list(selection)) found.push(address);
  return found;
}

const MULTIPART = { "content-type": 'multipart/related; type="application/dicom"; boundary=b' };
const part = (file: Buffer) => Buffer.concat([Buffer.from("--b\r\nContent-Type: application/dicom\r\n\r\n"), file]);
const END = Buffer.from("\r\n--b--\r\n");
const whole: Play = (response) => void response.writeHead(200, MULTIPART).end(Buffer.concat([part(FILE), END]));
const status =
  (code: number, headers = {}): Play =>
  (response) =>
    void response.writeHead(code, headers).end(`no such patient: ${SECRET}`);

/** Everything that a message must not repeat. */
function assertDiscreet(messages: readonly string[]): void {
  assert.doesNotMatch(messages.join("\n"), new RegExp(`${SECRET}|Quill|${TOKEN}|127\\.0\\.0\\.1|dicom-web|1\\.2\\.3`));
}

test("half a file is not taken for one: it is asked for again", async () => {
  const halfAndReset: Play = (response) => {
    response.writeHead(200, MULTIPART).write(part(FILE).subarray(0, -9), () => response.socket!.resetAndDestroy());
  };
  const halfAndEnd: Play = (response) => void response.writeHead(200, MULTIPART).end(part(FILE).subarray(0, -9));
  const lessThanDeclared: Play = (response) => {
    response.writeHead(200, { ...MULTIPART, "content-length": "1000" });
    response.write(part(FILE), () => response.socket!.destroy());
  };
  const { source, requests, notes } = await sourceOf([halfAndReset, halfAndEnd, lessThanDeclared, whole]);
  assert.deepEqual(Buffer.from(await source.fetch(ADDRESS)), FILE);
  assert.equal(requests.length, 4);
  assert.match(notes[1], /^the DICOMweb server has sent a body that breaks off$/);
  assertDiscreet(notes);
});

test("an answer is read to its end, so that its connection serves for the next", async () => {
  const endingLater: Play = (response) => {
    response
      .writeHead(200, MULTIPART)
      .write(Buffer.concat([part(FILE), END]), () => setTimeout(() => response.end(), 10));
  };
  const { source, requests, connections } = await sourceOf([endingLater]);
  for (let i = 0; i < 6; i++) await source.fetch(ADDRESS);
  assert.equal(requests.length, 6);
  assert.ok(connections.length <= 2, `${connections.length} connections`);
});

test("a body that always breaks off fails in the end, after growing waits", async () => {
  const halfAndEnd: Play = (response) => void response.writeHead(200, MULTIPART).end(part(FILE));
  const { source, requests, slept } = await sourceOf([halfAndEnd], { retries: 3 });
  await assert.rejects(source.fetch(ADDRESS), { code: "server-failed", message: /breaks off/ });
  assert.equal(requests.length, 4);
  assert.deepEqual(slept, [250, 500, 1000]);
});

test("a server that has too much to do is asked again, not before it wants to be", async () => {
  const { source, slept, notes } = await sourceOf([
    status(503, { "retry-after": "7" }),
    status(429, { "retry-after": "Thu, 01 Jan 2026 00:01:07 GMT" }),
    status(504),
    whole,
  ]);
  assert.deepEqual(Buffer.from(await source.fetch(ADDRESS)), FILE);
  assert.deepEqual(slept, [7_250, 60_000 - 250 + 500, 1_000]);
  assert.deepEqual(
    notes,
    [503, 429, 504].map((code) => `the DICOMweb server answers ${code}`),
  );
});

test("a refusal is not asked again, and its words are not repeated", async () => {
  for (const [code, expected] of [
    [400, "server-failed"],
    [401, "unauthorised"],
    [403, "forbidden"],
    [404, "not-found"],
    [406, "server-failed"],
    [500, "server-failed"],
  ] as const) {
    const { source, requests } = await sourceOf([status(code)]);
    await assert.rejects(source.fetch(ADDRESS), (error: Error & { code: string }) => {
      assertDiscreet([error.message, String(error.cause)]);
      assert.match(error.message, new RegExp(`${code}`));
      return error.code === expected;
    });
    assert.equal(requests.length, 1);
  }
});

test("a redirect is not followed, so credentials go nowhere else", async () => {
  const elsewhere = await playing(whole);
  for (const code of [301, 302, 303, 307, 308]) {
    const { source, requests } = await sourceOf([status(code, { location: elsewhere.url })]);
    await assert.rejects(source.fetch(ADDRESS), { code: "server-failed", message: /redirects to another address/ });
    await assert.rejects(list(source, { studies: ["1.2"] }), { code: "server-failed", message: /redirects/ });
    assert.equal(requests.length, 2);
  }
  assert.equal(elsewhere.requests.length, 0);
});

test("a body without end is left, however it is wrapped", async () => {
  let sent = 0;
  const closed: Promise<unknown>[] = [];
  const endless =
    (beginning: Buffer): Play =>
    (response) => {
      closed.push(once(response, "close"));
      response.writeHead(200, MULTIPART).write(beginning);
      const chunk = Buffer.alloc(65_536);
      const more = () => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
      };
      response.on("drain", more);
      more();
    };
  for (const beginning of [part(Buffer.alloc(0)), Buffer.from("--b\r\nX: "), Buffer.alloc(0)]) {
    const { source, requests } = await sourceOf([endless(beginning)], { maxInstanceBytes: 2 ** 20 });
    await assert.rejects(source.fetch(ADDRESS), { code: "server-failed", isPassing: false });
    assert.equal(requests.length, 1);
  }
  const json = await sourceOf([endless(Buffer.from("["))]);
  await assert.rejects(list(json.source, { studies: ["1.2"] }), {
    code: "server-failed",
    message: /bytes that are read of results/,
  });
  await Promise.all(closed);
  assert.ok(sent < 150 * 2 ** 20, `${sent} bytes`);
});

test("another boundary, another type, no file or two are no answer", async () => {
  const answering =
    (contentType: string, body: Buffer): Play =>
    (response) =>
      void response.writeHead(200, { "content-type": contentType }).end(body);
  for (const [play, message] of [
    [answering("multipart/related; boundary=c", Buffer.concat([part(Buffer.alloc(70_000)), END])), /without the parts/],
    [answering("multipart/related", Buffer.concat([part(FILE), END])), /something else than multipart\/related/],
    [answering("text/html", Buffer.from(`<h1>${SECRET}</h1>`)), /something else than multipart\/related/],
    [answering(MULTIPART["content-type"], Buffer.from("--b--")), /another number of files than one/],
    [
      answering(MULTIPART["content-type"], Buffer.concat([part(FILE), Buffer.from("\r\n"), part(FILE), END])),
      /another number/,
    ],
    [status(204), /something else than multipart\/related/],
  ] as const) {
    const { source, requests } = await sourceOf([play]);
    await assert.rejects(source.fetch(ADDRESS), { code: "server-failed", message });
    assert.equal(requests.length, 1);
  }
});

test("a server that falls silent, before or in the midst of an answer, is not waited for", async () => {
  const silent: Play = () => {};
  const stalling: Play = (response) => void response.writeHead(200, MULTIPART).write(part(FILE));
  const { source, requests } = await sourceOf([silent, stalling], { silenceMs: 50, retries: 1 });
  await assert.rejects(source.fetch(ADDRESS), { code: "server-failed", message: /has sent nothing for 0\.05 s/ });
  assert.equal(requests.length, 2);
});

test("a server that is not there is told with the system's reason, after retries", async () => {
  const { clock, slept } = fakeClock();
  const gone = createServer().listen(0, "127.0.0.1");
  await once(gone, "listening");
  const { port } = gone.address() as AddressInfo;
  gone.close();
  await once(gone, "close");
  const source = new DicomWebSource({ url: `http://127.0.0.1:${port}`, clock, retries: 2 });
  await assert.rejects(source.fetch(ADDRESS), {
    code: "server-failed",
    message: "the DICOMweb server cannot be reached, or the connection broke off (ECONNREFUSED)",
  });
  assert.equal(slept.length, 2);
});

const uid = (value: string) => ({ vr: "UI", Value: [value] });
const series = (value: string) => ({ "0020000D": uid("1.2"), "0020000E": uid(value) });
const instance = (value: string, number?: number | string) => ({
  "00080018": uid(value),
  ...(number !== undefined && { "00200013": { vr: "IS", Value: [number] } }),
});

/** Answers searches for series and for instances, `most` at a time from the offset that is asked for. */
function searching(found: { series: object[]; instances: object[] }, most = 2): Play {
  return (response, request) => {
    const { pathname, searchParams } = new URL(request.url!, "http://host");
    const all = pathname.endsWith("/instances") ? found.instances : found.series;
    const offset = Number(searchParams.get("offset"));
    const page = all.slice(offset, offset + most);
    if (page.length === 0) return void response.writeHead(204).end();
    response.writeHead(200, { "content-type": "application/dicom+json" }).end(JSON.stringify(page));
  };
}

test("pages are asked for until one brings nothing new, however few a server gives at a time", async () => {
  const instances = [instance("1.9", 10), instance("1.8", 9), instance("1.5"), instance("1.7", "2"), instance("1.4")];
  const { source, requests } = await sourceOf([searching({ series: [series("1.2.1")], instances })]);
  const found = await list(source, { studies: ["1.2"], query: { Modality: "C T&x" } });
  assert.deepEqual(
    found.map((address) => address.instance),
    ["1.7", "1.8", "1.9", "1.4", "1.5"],
  );
  const urls = requests.map(({ url }) => url!.replace("/dicom-web/studies/1.2/series", ""));
  const include = "&includefield=0020000E&includefield=0020000D&limit=100&offset=";
  const includeInstances = "/1.2.1/instances?includefield=00080018&includefield=00200013&limit=100&offset=";
  assert.deepEqual(urls, [
    `?Modality=C+T%26x${include}0`,
    ...[0, 2, 4, 5].map((offset) => `${includeInstances}${offset}`),
    `?Modality=C+T%26x${include}1`,
  ]);
  assert.ok(requests.every(({ headers }) => headers.authorization === `Bearer ${TOKEN}`));
  assert.ok(requests.every(({ headers }) => headers.accept === "application/dicom+json"));
});

test("a server that gives the same page for ever comes to an end", async () => {
  const page = [instance("1.9", 1), instance("1.8", 2)];
  const { source } = await sourceOf([
    (response, request) => {
      const all = request.url!.includes("/instances") ? page : [series("1.2.1")];
      response.writeHead(200).end(JSON.stringify(all));
    },
  ]);
  assert.equal((await list(source, { studies: ["1.2"] })).length, 2);
});

test("results that are none are refused, and a UID that leads elsewhere is not followed", async () => {
  const sequel = [
    series("1.2/../../../admin"),
    series(".."),
    { "0020000E": { vr: "UI", Value: "1.2" } },
    series(""),
    {},
    { "0020000E": { vr: "UI" } },
    { "0020000E": uid("1.2") },
  ];
  for (const body of [
    ...sequel.map((result) => JSON.stringify([result])),
    "<html>",
    "{}",
    "[null]",
    '["1"]',
    "[[",
    "nul",
  ]) {
    const { source, requests } = await sourceOf([(response) => void response.writeHead(200).end(body)]);
    await assert.rejects(list(source, { studies: ["1.2"] }), { code: "server-failed", isPassing: false }, body);
    assert.equal(requests.length, 1, body);
  }
});

test("whoever leaves is not kept waiting, neither for an answer nor for a retry", async () => {
  const leave = new AbortController();
  const { source } = await sourceOf([() => leave.abort(new Error("left"))]);
  await assert.rejects(source.list({ studies: ["1.2"] }, leave.signal).next(), /^Error: left$/);
  await assert.rejects(source.list({ studies: ["1.2"] }, leave.signal).next(), /^Error: left$/);
});

test("addresses, credentials and selections that make no sense are refused before anything is asked", () => {
  const open = (url: string, credentials?: DicomWebOptions["credentials"]) => () =>
    new DicomWebSource({ url, credentials });
  for (const url of [
    "",
    "host/dicom-web",
    "ftp://host/",
    "http://user:Ottoline@host/",
    "http://host/?a=b",
    "http://host/#a",
  ]) {
    assert.throws(
      open(url),
      (error: Error & { code: string }) => error.code === "usage" && !error.message.includes("Ottoline"),
    );
  }
  for (const credentials of [
    { token: "" },
    { token: "a\nb" },
    { user: "", password: "a" },
    { user: "a:b", password: "c" },
  ]) {
    assert.throws(open("http://host/", credentials), { code: "usage" });
  }
  const source = new DicomWebSource({ url: "http://host/dicom-web/" });
  for (const selection of [
    {},
    { studies: [] },
    { studies: ["1.2/../3"] },
    { query: { limit: "1" } },
    { query: { IncludeField: "all" } },
    { query: { "Modality=CT&x": "1" } },
  ]) {
    assert.throws(() => source.list(selection), { code: "usage" });
  }
});
