import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo, Server } from "node:net";
import { after, test } from "node:test";
import { MedembedError } from "../../src/errors.ts";
import { imageFetcher, type Resolve } from "../../src/server/calls/fetch-image.ts";
import { isPublicAddress } from "../../src/server/public-address.ts";
import { goldenImages, openGolden } from "../golden-small.ts";
import { envelope, post, serve } from "./serving.ts";

const embedder = await openGolden();
const [image] = goldenImages;

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** What was asked for, in order. */
const asked: { path: string; host: string | undefined; headers: object }[] = [];
const ANSWERS: Readonly<Record<string, RequestListener>> = {
  "/image.png": (_, response) => response.end(image),
  "/once": (_, response) => response.writeHead(302, { location: "/image.png" }).end(),
  "/loop": (_, response) => response.writeHead(301, { location: "/loop" }).end(),
  "/away": (_, response) => response.writeHead(307, { location: `http://localhost:${port}/image.png` }).end(),
  "/to-file": (_, response) => response.writeHead(302, { location: "file:///etc/passwd" }).end(),
  "/to-nowhere": (_, response) => response.writeHead(302, {}).end(),
  "/large": (_, response) => response.end(Buffer.alloc(2_000_000)),
  "/large-unsaid": (_, response) => {
    response.write(Buffer.alloc(1_000_000));
    response.end(Buffer.alloc(1_000_000));
  },
  "/breaks-off": (_, response) => {
    response.writeHead(200, { "content-length": "1000" }).write("half");
    setImmediate(() => response.destroy());
  },
  "/packed": (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end("x"),
  "/never": () => {},
  "/slowly": (_, response) => void response.writeHead(200).write("x"),
};
const port = await listen(
  createServer((request, response) => {
    const { url = "", headers } = request;
    asked.push({ path: url, host: headers.host, headers });
    const answer = ANSWERS[url];
    if (answer) answer(request, response);
    else response.writeHead(404).end();
  }),
);
const here = `http://127.0.0.1:${port}`;
const URLS = { origins: [here], allowPrivate: true, maxBytes: 1_500_000, timeoutMs: 20_000 };
const options = () => ({ signal: new AbortController().signal, reserve: () => {} });

test("an image comes as it is, over redirects too, with nothing of ours in the request", async () => {
  asked.length = 0;
  const fetchImage = imageFetcher(URLS);
  let reserved = 0;
  const reserve = (bytes: number) => {
    reserved += bytes;
  };
  for (const path of ["/image.png", "/once"]) {
    assert.deepEqual(Buffer.from(await fetchImage(`${here}${path}`, { ...options(), reserve })), image);
  }
  assert.equal(reserved, 2 * image.length);
  assert.deepEqual(
    asked.map(({ path }) => path),
    ["/image.png", "/once", "/image.png"],
  );
  for (const { headers } of asked) {
    assert.deepEqual(Object.keys(headers).sort(), ["accept", "accept-encoding", "connection", "host", "user-agent"]);
  }
});

const REFUSED: readonly [path: string, code: string, reason: RegExp][] = [
  ["/none", "url-refused", /answers 404/],
  ["/loop", "url-refused", /more than 3 others/],
  ["/away", "url-refused", /not one of those allowed/],
  ["/to-file", "url-refused", /not one of those allowed/],
  ["/to-nowhere", "url-refused", /more than 3 others/],
  ["/large", "image-too-large", /1500000 bytes/],
  ["/large-unsaid", "image-too-large", /1500000 bytes/],
  ["/breaks-off", "url-refused", /ECONNRESET/],
  ["/packed", "url-refused", /packs/],
];

for (const [path, code, reason] of REFUSED) {
  test(`refused: ${path}`, async () => {
    await assert.rejects(imageFetcher(URLS)(here + path, options()), (error: MedembedError) => {
      assert.equal(error.code, code);
      assert.match(error.message, reason);
      assert.ok(!error.message.includes(path) && !error.message.includes("127.0.0.1"), "the address is not quoted");
      return true;
    });
  });
}

test("only the very origins allowed are asked: scheme, host and port", async () => {
  asked.length = 0;
  for (const url of [
    `https://127.0.0.1:${port}/image.png`,
    `http://127.0.0.1:${port + 1}/image.png`,
    `http://localhost:${port}/image.png`,
    `http://127.0.0.1.example.org:${port}/image.png`,
    `http://user:secret@127.0.0.1:${port}/image.png`,
    `http://127.0.0.1:${port}@example.org/image.png`,
    `http://[::ffff:127.0.0.1]:${port}/image.png`,
    "http://",
    "https:///",
    `${here}/${"x".repeat(5_000)}`,
  ]) {
    await assert.rejects(imageFetcher(URLS)(url, options()), { code: "url-refused" }, url);
  }
  assert.deepEqual(asked, []);
  for (const url of [`http://2130706433:${port}/image.png`, `HTTP://127.1:${port}/image.png`]) {
    assert.equal((await imageFetcher(URLS)(url, options())).length, image.length, "other ways to write the same");
  }
});

test("a host is looked up once, and its addresses are those connected to", async () => {
  asked.length = 0;
  const answers = [[{ address: "127.0.0.1", family: 4 }], [{ address: "192.0.2.1", family: 4 }]];
  const looked: string[] = [];
  const resolve: Resolve = async (host) => {
    looked.push(host);
    return answers[looked.length - 1];
  };
  const urls = { ...URLS, origins: [`http://images.test:${port}`] };
  assert.equal(
    (await imageFetcher(urls, resolve)(`http://images.test:${port}/image.png`, options())).length,
    image.length,
  );
  assert.deepEqual(looked, ["images.test"]);
  assert.deepEqual([asked[0].path, asked[0].host], ["/image.png", `images.test:${port}`]);
});

test("a host in a private network is refused, be it one of its addresses only, before anything is sent", async () => {
  asked.length = 0;
  const urls = { ...URLS, allowPrivate: false, origins: [`http://images.test:${port}`, here] };
  const lists = [
    ["127.0.0.1"],
    ["10.1.2.3"],
    ["169.254.169.254"],
    ["8.8.8.8", "127.0.0.1"],
    ["::1"],
    ["fe80::1"],
    ["fd00::1"],
    ["::ffff:127.0.0.1"],
    [],
  ];
  for (const list of lists) {
    const resolve: Resolve = async () => list.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    await assert.rejects(
      imageFetcher(urls, resolve)(`http://images.test:${port}/image.png`, options()),
      { code: "url-refused", message: /public network|no address/ },
      list.join(),
    );
  }
  await assert.rejects(imageFetcher(urls)(`${here}/image.png`, options()), { message: /public network/ });
  assert.deepEqual(asked, []);
});

test("public addresses are told from all others", () => {
  for (const address of ["8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "2606:4700::1111", "2a00::1"]) {
    assert.ok(isPublicAddress(address), address);
  }
  for (const address of [
    ...["0.0.0.0", "10.255.0.1", "100.64.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255"],
    ...["192.168.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255"],
    ...[
      "::",
      "::1",
      "::ffff:8.8.8.8",
      "64:ff9b::a00:1",
      "fc00::1",
      "fe80::1",
      "ff02::1",
      "2001:db8::1",
      "2002:a00:1::",
    ],
    ...["2001:0:a00:1::"],
  ]) {
    assert.ok(!isPublicAddress(address), address);
  }
});

test("what does not come in time is refused, and whoever leaves ends it", async () => {
  for (const path of ["/never", "/slowly"]) {
    await assert.rejects(imageFetcher({ ...URLS, timeoutMs: 30 })(here + path, options()), {
      code: "url-refused",
      message: /did not come within 30 ms/,
    });
    const controller = new AbortController();
    const reason = new MedembedError("cancelled", "the caller has left");
    const fetching = imageFetcher(URLS)(here + path, { ...options(), signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(fetching, reason);
  }
  const hanging = imageFetcher({ ...URLS, timeoutMs: 30 }, () => new Promise(() => {}));
  await assert.rejects(hanging(`${here}/image.png`, options()), { message: /within 30 ms/ });
  const unknown = imageFetcher(URLS, () =>
    Promise.reject(Object.assign(new Error(`no ${here}`), { code: "ENOTFOUND" })),
  );
  await assert.rejects(unknown(`${here}/image.png`, options()), { message: /cannot be fetched: ENOTFOUND$/ });
});

test("an address with https speaks TLS or nothing", async () => {
  asked.length = 0;
  const secure = `https://127.0.0.1:${port}`; // where plain HTTP is spoken
  await assert.rejects(imageFetcher({ ...URLS, origins: [secure] })(`${secure}/image.png`, options()), {
    code: "url-refused",
    message: /SSL|EPROTO/,
  });
  assert.deepEqual(asked, []);
});

test("a cell with an address gives the vector of the image there", async () => {
  const serving = await serve(embedder, { fetchImage: imageFetcher(URLS) });
  const rows = [
    [`  ${here}/image.png\n`, "chest"],
    [image.toString("base64"), null],
  ];
  const response = await post(serving, envelope(["image", "text"], rows));
  assert.equal(response.statusCode, 200, response.body);
  const [fetched, sent] = response.json();
  assert.deepEqual(fetched.image_features, sent.image_features);
  assert.ok(fetched.text_features);
});

test("an address that is refused fails its row, and quotes nothing", async () => {
  const serving = await serve(embedder, { fetchImage: imageFetcher(URLS) });
  const body = envelope(["image"], [[image.toString("base64")], [`${here}/secret-name`]]);
  const failed = await post(serving, body);
  assert.equal(failed.statusCode, 424);
  assert.equal(failed.headers["ms-azureml-model-error-reason"], "image_url_refused row=1");
  assert.doesNotMatch(failed.body + JSON.stringify(serving.logged), /secret-name|127\.0\.0\.1/);
  const [good, bad] = (await post(serving, body, { "medembed-row-errors": "1" })).json();
  assert.ok(good.image_features);
  assert.equal(bad.error.code, "image_url_refused");
});

test("nothing is fetched for a call that is lost anyway", async () => {
  asked.length = 0;
  const serving = await serve(embedder, { fetchImage: imageFetcher(URLS) });
  const response = await post(serving, envelope(["image"], [[`${here}/image.png`], ["*"]]));
  assert.equal(response.statusCode, 424);
  assert.deepEqual(asked, []);
});

test("what is fetched counts like a body that brings it along", async () => {
  const two = envelope(["image"], [[`${here}/image.png`], [`${here}/image.png`]]);
  const small = { maxBodyBytes: image.length + 1_000 };
  const tooLarge = await serve(embedder, { fetchImage: imageFetcher(URLS), limits: small });
  const response = await post(tooLarge, two);
  assert.equal(response.statusCode, 413);
  assert.match(response.json().error.message, /fetched/);
  const tooMuch = await serve(embedder, {
    fetchImage: imageFetcher(URLS),
    limits: { maxPendingBytes: image.length + 1_000 },
  });
  assert.equal((await post(tooMuch, two)).statusCode, 429);
  assert.equal((await post(tooMuch, envelope(["image"], [[`${here}/image.png`]]))).statusCode, 200);
});
