import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { connect as connectHttp2 } from "node:http2";
import { Agent, request } from "node:https";
import { userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text as readAll } from "node:stream/consumers";
import { after, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { DEFAULT_LIMITS } from "../../src/server/limits.ts";
import { startMedembed } from "../cli/run.ts";
import { GOLDEN_TOLERANCE, golden, largestDifference, makeCheckpoint, temporaryFolder } from "../golden-small.ts";
import { serve } from "../server/serving.ts";
import { untilReady } from "../until-ready.ts";
import { makeCertificate } from "./certificate.ts";
import { moved, readDeployFile, secondsOf } from "./deploy-file.ts";

/** Nobody listens there. */
const NOBODY = "127.0.0.1:1";

const conf = readDeployFile("nginx.conf");
const isMissing = ["nginx", "openssl"].filter((program) => spawnSync(program, ["version"]).error !== undefined);
const skip = isMissing.length > 0 && `needs ${isMissing.join(" and ")}: apt-get install nginx-light openssl`;

test("nginx allows what the server allows", async () => {
  assert.equal(Number(directive("client_max_body_size").replace("m", "")) * 2 ** 20, DEFAULT_LIMITS.maxBodyBytes);
  assert.ok(secondsOf(directive("proxy_read_timeout")) * 1000 > DEFAULT_LIMITS.timeoutMs);
  const { app } = await serve(undefined);
  assert.ok(secondsOf(directive("keepalive_timeout")) * 1000 < app.server.keepAliveTimeout);
});

test("through nginx", { skip }, async (t) => {
  const folder = await temporaryFolder();
  await makeCheckpoint(join(folder, "golden-small"));
  const server = startMedembed(
    ["serve", "--port", "0", "--model", "golden-small", "--precision", "fp32", "--threads", "1", "--cache", "cache"],
    { cwd: folder, env: { MEDEMBED_KEY: "first-key" } },
  );
  t.after(() => server.kill("SIGKILL"));
  const stopped = once(server, "exit");
  const { port } = (await untilReady(server)).url;

  const socketPath = join(folder, "tls.socket");
  const certificate = await makeCertificate(join(folder, "tls"));
  const log = await startNginx(folder, { socketPath, port: Number(port) });
  const tls = { path: socketPath, ca: certificate, servername: "localhost" };
  const agent = new Agent({ ...tls, keepAlive: true });
  after(() => agent.destroy());

  const text = golden.texts[1];
  const envelope = JSON.stringify({ input_data: { columns: ["text"], data: [[text.text]] } });
  const headers = { authorization: "Bearer first-key", "content-type": "application/json" };
  const post = async (body: Buffer | string, changed: Record<string, string> = {}) => {
    const call = request({ agent, socketPath, method: "POST", path: "/score", headers: { ...headers, ...changed } });
    call.end(body);
    const [response] = await once(call, "response");
    return { status: response.statusCode, headers: response.headers, body: JSON.parse(await readAll(response)) };
  };
  const assertScored = (body: { text_features: number[] }[]) =>
    assert.ok(largestDifference(body[0].text_features, text.embedding) <= GOLDEN_TOLERANCE);

  await t.test("a request is scored over HTTP/1.1", async () => {
    const { status, body } = await post(envelope);
    assert.equal(status, 200);
    assertScored(body);
  });

  await t.test("one of several servers that is not there costs no call", async () => {
    for (let call = 0; call < 4; call++) assert.equal((await post(envelope)).status, 200);
    assert.ok(log.some((line) => line.includes("Connection refused") && line.includes(NOBODY)));
  });

  await t.test("a request is scored over HTTP/2", async () => {
    const session = connectHttp2("https://localhost", {
      createConnection: () => connectTls({ ...tls, ALPNProtocols: ["h2"] }),
    });
    const call = session.request({ ":method": "POST", ":path": "/score", ...headers });
    call.end(envelope);
    const [answer] = await once(call, "response");
    assert.equal(answer[":status"], 200);
    assertScored(JSON.parse(await readAll(call)));
    session.close();
  });

  await t.test("a body as large as the server takes arrives", async () => {
    const { status, body } = await post(
      Buffer.alloc(DEFAULT_LIMITS.maxBodyBytes, " ").fill(envelope, 0, envelope.length),
    );
    assert.equal(status, 200);
    assertScored(body);
  });

  await t.test("a wrong key is refused while the body is on its way, and the caller gets to know", async () => {
    const { status, headers, body } = await post(Buffer.alloc(2 ** 24, " "), { authorization: "Bearer third-key" });
    assert.equal(status, 401);
    assert.equal(headers["www-authenticate"], "Bearer");
    assert.equal(body.error.code, "unauthorised");
  });

  await t.test("a body that is too large is refused in the server's words", async () => {
    const { status, headers, body } = await post("", { "content-length": String(DEFAULT_LIMITS.maxBodyBytes + 1) });
    assert.equal(status, 413);
    assert.equal(headers["content-type"], "application/json");
    assert.equal(body.error.code, "request_too_large");
  });

  await t.test("without a server callers are told to come again", async () => {
    server.kill("SIGTERM");
    assert.deepEqual(await stopped, [0, null]);
    const { status, headers, body } = await post(envelope);
    assert.equal(status, 503);
    assert.equal(headers["retry-after"], "10");
    assert.equal(body.error.code, "stopping");
  });
});

/** The value of a directive that the file has once. */
function directive(name: string): string {
  const found = [...conf.matchAll(new RegExp(`^\\s*${name} (.+?);`, "gm"))];
  assert.equal(found.length, 1, name);
  return found[0][1];
}

/**
 * Starts nginx with the file as it is, but for the addresses, where a distribution's nginx.conf would include it. One of its
 * two servers is not there.
 * @returns its log, which grows
 */
async function startNginx(
  folder: string,
  { socketPath, port }: { socketPath: string; port: number },
): Promise<readonly string[]> {
  await writeFile(
    join(folder, "medembed.conf"),
    moved(conf, {
      "listen 8443 ": `listen unix:${socketPath} `,
      "server 127.0.0.1:8080;": `server ${NOBODY};`,
      "# server 10.0.0.12:8080;": `server 127.0.0.1:${port};`,
    }),
  );
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((what) => `${what}_temp_path ${what};`);
  await writeFile(
    join(folder, "nginx.conf"),
    `daemon off; pid nginx.pid; error_log stderr notice; ${process.getuid?.() === 0 ? `user ${userInfo().username};` : ""}
     events {} http { ${temporary.join(" ")} include medembed.conf; }`,
  );
  const options = ["-p", folder, "-e", "stderr", "-c", join(folder, "nginx.conf")];
  execFileSync("nginx", [...options, "-t", "-q"], { stdio: "pipe" });
  const nginx = spawn("nginx", options, { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(nginx, "exit");
  after(async () => {
    nginx.kill("SIGTERM");
    await ended;
  });
  const log: string[] = [];
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: nginx.stderr })
      .on("line", (line) => {
        log.push(line);
        if (line.includes("start worker process ")) resolve();
      })
      .once("close", () => reject(new Error("nginx ended")));
  });
  return log;
}
