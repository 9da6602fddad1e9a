import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { type EventEmitter, once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { request as requestTls } from "node:https";
import { join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { MedembedClient, type Retry, type Row, type RowResult } from "../../src/client/index.ts";
import { DEFAULT_LIMITS } from "../../src/server/limits.ts";
import { startMedembed } from "../cli/run.ts";
import {
  DIRECT_CARD,
  GOLDEN_TOLERANCE,
  golden,
  goldenImages,
  largestDifference,
  makeCheckpoint,
  temporaryFolder,
} from "../golden-small.ts";
import { envelope } from "../server/serving.ts";
import { untilReady } from "../until-ready.ts";
import { makeCertificate } from "./certificate.ts";
import { readDeployFile, secondsOf } from "./deploy-file.ts";
import { Haproxy } from "./haproxy.ts";

/** Between two calls of a caller, so that what they wait for gets some of the processor. */
const BREAK_MS = 20;

const conf = readDeployFile("haproxy.cfg");
const isMissing = ["haproxy", "openssl"].filter((program) => spawnSync(program, ["-v"]).error !== undefined);
const skip =
  process.platform !== "linux"
    ? "needs Linux, where all of 127.0.0.0/8 is this machine"
    : isMissing.length > 0 && `needs ${isMissing.join(" and ")}: apt-get install haproxy openssl`;

test("haproxy waits longer than the server, which answers itself when the time is up", () => {
  assert.ok(secondsOf(timeout("server")) * 1000 > DEFAULT_LIMITS.timeoutMs);
  assert.ok(secondsOf(timeout("check")) < secondsOf(timeout("server")));
});

/** A row, the request that has it alone, and its vector. */
interface Scored {
  readonly row: Row;
  readonly body: unknown;
  readonly embedding: readonly number[];
}

test("of calls that break off those are sent again that change nothing", { skip }, async () => {
  const folder = await temporaryFolder();
  await makePem(join(folder, "tls"));
  const address = ownAddress();
  let calls = 0;
  const breaking = createServer(({ url, socket }, response) => {
    if (url === "/ready") response.end();
    else {
      calls++;
      socket.destroy();
    }
  }).listen(8080, address);
  after(() => breaking.close());
  await once(breaking, "listening");
  const servers = { one: `${address}:8080`, two: `${address}:8080` };
  const proxy = ownAddress();
  await Haproxy.start({ folder, certificate: join(folder, "tls/medembed.pem"), address: proxy, servers });
  for (const [path, sent] of [
    ["/score", 3],
    ["/v2/models/default/infer", 3],
    ["/library/chest/search", 3],
    ["/library/chest/records", 1],
    ["/batch/jobs", 1],
    ["/admin/reload", 1],
  ] as const) {
    calls = 0;
    // On a connection of its own: one that the caller keeps open is closed instead.
    const call = request({ host: proxy, port: 8080, path, method: "POST", agent: false });
    call.end("{}");
    const [response] = await once(call, "response");
    assert.deepEqual([response.statusCode, response.headers["retry-after"], calls], [503, "1", sent], path);
    assert.equal(JSON.parse(await readAll(response)).error.code, "stopping");
  }
});

test("two servers behind haproxy", { skip }, async (t) => {
  const folder = await temporaryFolder();
  const model = await makeCheckpoint(join(folder, "golden-small"), { card: DIRECT_CARD });
  const certificate = await makePem(join(folder, "tls"));

  /** A server on an address of its own, where it can always come back: no other program listens there. */
  class Replica {
    readonly address = ownAddress();
    readonly #config = join(folder, `${this.address}.yaml`);
    #process!: ReturnType<typeof startMedembed>;
    /** Its log lines, by what they say. */
    log!: EventEmitter;

    /** @param more a deployment beside the one that has all calls */
    async configure(more?: string): Promise<void> {
      const settings = `model: ${model}, precision: fp32, threads: 1`;
      const deployments = `  default: { ${settings}, traffic: 100 }\n${more ? `  ${more}: { ${settings} }\n` : ""}`;
      await writeFile(this.#config, `cache: { memoryBytes: 0 }\ndeployments:\n${deployments}`);
    }

    async start(): Promise<void> {
      const options = ["--config", this.#config, "--host", this.address, "--port", "8080"];
      const env = { MEDEMBED_KEY: "first-key" };
      this.#process = startMedembed(["serve", ...options, "--cache", join(folder, "cache")], { env });
      this.log = (await untilReady(this.#process)).log;
    }

    signal(name: NodeJS.Signals): void {
      this.#process.kill(name);
    }

    /** @returns exit code and signal */
    async end(name: NodeJS.Signals) {
      const ended = once(this.#process, "exit");
      this.signal(name);
      return ended;
    }
  }

  const one = new Replica();
  const two = new Replica();
  after(() => [one, two].map((replica) => replica.signal("SIGKILL")));
  await Promise.all([one, two].map((replica) => replica.configure().then(() => replica.start())));
  const address = ownAddress();
  const haproxy = await Haproxy.start({
    folder,
    certificate: join(folder, "tls/medembed.pem"),
    address,
    servers: { one: `${one.address}:8080`, two: `${two.address}:8080` },
  });
  const untilUp = (name: string) => haproxy.until(async () => (await haproxy.stateOf(name)).isUp);

  const endpoint = `http://${address}:8080/score`;
  const headers = { authorization: "Bearer first-key", "content-type": "application/json" };
  const post = async (body: unknown, to = endpoint, more: Record<string, string> = {}) => {
    const response = await fetch(to, { method: "POST", headers: { ...headers, ...more }, body: JSON.stringify(body) });
    return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
  };
  const texts: readonly Scored[] = golden.texts.slice(1, 3).map(({ text, embedding }) => ({
    row: { text },
    body: envelope(["text"], [[text]]),
    embedding,
  }));
  const rows: readonly Scored[] = [
    ...texts,
    // Larger than what haproxy keeps to send it again.
    ...[1, 2].map((i) => ({
      row: { image: goldenImages[i] },
      body: envelope(["image"], [[goldenImages[i].toString("base64")]]),
      embedding: golden.images[i].embedding,
    })),
  ];
  const assertRight = (vector: ArrayLike<number>, { embedding }: Scored) =>
    assert.ok(largestDifference(vector, embedding) <= GOLDEN_TOLERANCE);

  /** Calls without a second try, two at a time, while something is done; each must be answered rightly. */
  const whileCalling = async (calls: readonly Scored[], act: () => Promise<void>) => {
    let isOver = false;
    const callOn = async (first: number) => {
      for (let i = first; !isOver; i++, await sleep(BREAK_MS)) {
        const scored = calls[i % calls.length];
        const { status, body } = await post(scored.body);
        assert.equal(status, 200, JSON.stringify(body));
        assertRight(body[0].text_features ?? body[0].image_features[0], scored);
      }
    };
    const acting = act().finally(() => {
      isOver = true;
    });
    await Promise.all([acting, ...[0, 1].map(callOn)]);
  };

  await t.test("a request is scored with TLS, over HTTP/1.1 and HTTP/2", async () => {
    const tls = { host: address, port: 8443, ca: certificate, servername: "localhost" };
    const call = requestTls({ ...tls, method: "POST", path: "/score", headers });
    call.end(JSON.stringify(texts[0].body));
    const [response] = await once(call, "response");
    assertRight(JSON.parse(await readAll(response))[0].text_features, texts[0]);

    const session = connectHttp2("https://localhost", {
      createConnection: () => connectTls({ ...tls, ALPNProtocols: ["h2"] }),
    });
    const stream = session.request({ ":method": "POST", ":path": "/score", ...headers });
    stream.end(JSON.stringify(texts[0].body));
    assertRight(JSON.parse(await readAll(stream))[0].text_features, texts[0]);
    session.close();
  });

  await t.test("one is killed with calls in work: clients that try again lose none, and none is wrong", async () => {
    const given = Array.from({ length: 60 }, (_, i) => rows[i % rows.length]);
    const retries: string[] = [];
    const onRetry = ({ error }: Retry) => retries.push(error.code);
    const client = new MedembedClient({ endpoint, key: "first-key", onRetry });
    const score = async () => {
      const found: RowResult[] = [];
      const wanted = given.map(({ row }) => row);
      for await (const { error, result } of client.scoreAll(wanted, { batchSize: 1, parallel: 8 })) {
        assert.equal(error, undefined);
        found.push(result!);
      }
      return found;
    };
    const kill = async () => {
      one.signal("SIGSTOP");
      await haproxy.until(async () => (await haproxy.stateOf("one")).calls >= 2);
      await one.end("SIGKILL");
    };
    const [found] = await Promise.all([score(), kill()]);
    assert.equal(found.length, given.length);
    for (const [i, { image, text }] of found.entries()) assertRight(image ?? text!, given[i]);
    assert.ok(retries.length + (await haproxy.stateOf("one")).passedOn >= 2);
    assert.ok(retries.every((code) => code === "stopping" || code === "unreachable"));
  });

  await t.test("it comes back, and both take over a new config, one after the other: no call fails", () =>
    whileCalling(rows, async () => {
      await one.start();
      await untilUp("one");
      for (const replica of [one, two]) {
        await replica.configure("another");
        const reloaded = once(replica.log, "reloaded");
        replica.signal("SIGHUP");
        await reloaded;
        const named = { "azureml-model-deployment": "another" };
        assert.equal((await post(texts[0].body, `http://${replica.address}:8080/score`, named)).status, 200);
      }
    }),
  );

  await t.test("one is drained, so that it might be started anew: it has no calls, and none fails, however large", () =>
    whileCalling(rows, async () => {
      await haproxy.tell("set server medembed/one state drain");
      await haproxy.until(async () => (await haproxy.stateOf("one")).calls === 0);
      const { total } = await haproxy.stateOf("one");
      const before = (await haproxy.stateOf("two")).total;
      await haproxy.until(async () => (await haproxy.stateOf("two")).total > before + 4);
      assert.equal((await haproxy.stateOf("one")).total, total);
      await haproxy.tell("set server medembed/one state ready");
      await untilUp("one");
    }),
  );

  await t.test("two is ended without that: no small call fails", () =>
    whileCalling(texts, async () => {
      assert.deepEqual(await two.end("SIGTERM"), [0, null]);
      await haproxy.until(async () => !(await haproxy.stateOf("two")).isUp);
    }),
  );

  await t.test("without a server callers are told to come again", async () => {
    await one.end("SIGKILL");
    const { status, headers, body } = await post(texts[0].body);
    assert.deepEqual([status, headers.get("retry-after"), body.error.code], [503, "10", "stopping"]);
  });
});

/** Makes a certificate, and `medembed.pem` of it and its key. @returns the certificate */
async function makePem(folder: string): Promise<Buffer> {
  const certificate = await makeCertificate(folder);
  await writeFile(
    join(folder, "medembed.pem"),
    Buffer.concat([certificate, await readFile(join(folder, "medembed.key"))]),
  );
  return certificate;
}

/** An address of this machine that nobody else has thought of. */
function ownAddress(): string {
  return ["127", randomInt(1, 255), randomInt(1, 255), randomInt(1, 255)].join(".");
}

/** A timeout that the file has once. */
function timeout(name: string): string {
  const found = [...conf.matchAll(new RegExp(`^\\s*timeout ${name} (\\S+)`, "gm"))];
  assert.equal(found.length, 1, name);
  return found[0][1];
}
