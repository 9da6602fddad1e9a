import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { DCLinter } from "dclint";
import { parse } from "yaml";
import { bytesOf, deployFile, ENDS_WITHIN, NEEDED_MEMORY, readDeployFile, secondsOf } from "./deploy-file.ts";
import { commandOf, environmentOf, lastOf, readStages } from "./dockerfile.ts";

const image = readStages().at(-1)!;
const compose = parse(readDeployFile("compose.yaml"));
const { medembed, nginx } = compose.services;

test("compose.yaml follows the schema of the Compose specification", () => {
  const linter = new DCLinter({ rules: {}, quiet: false, debug: false, exclude: [] });
  const [{ messages }]: { messages: { rule: string }[] }[] = linter.lintFiles([deployFile("compose.yaml")], false);
  const faults = messages.filter(({ rule }) => rule.startsWith("invalid-")); // the other rules are a matter of taste
  assert.deepEqual(faults, []);
});

test("both containers have nothing that they do not need", () => {
  for (const { read_only, cap_drop, security_opt, privileged, user } of [medembed, nginx]) {
    assert.deepEqual([read_only, cap_drop, security_opt], [true, ["ALL"], ["no-new-privileges:true"]]);
    assert.deepEqual([privileged, user], [undefined, undefined]);
  }
  assert.match(nginx.image, /^nginxinc\/nginx-unprivileged:\d+\.\d+/);
});

test("the container is built from a Dockerfile that is there, gets its keys, and time and memory enough", () => {
  assert.ok(existsSync(join(deployFile("."), medembed.build.context, medembed.build.dockerfile)));
  assert.equal(medembed.env_file, "medembed.env");
  assert.ok(secondsOf(medembed.stop_grace_period) >= ENDS_WITHIN);
  assert.ok(bytesOf(medembed.mem_limit) >= NEEDED_MEMORY);
});

test("what is mounted lies where the image looks for it", () => {
  const [config, cache] = medembed.volumes.map((volume: string) => volume.split(":"));
  assert.ok(existsSync(deployFile(config[0])));
  assert.ok(commandOf(lastOf(image, "CMD")).includes(config[1]));
  assert.ok(cache[0] in compose.volumes);
  assert.equal(cache[1], environmentOf(image).MEDEMBED_CACHE);
});

test("the server can be reached in the clear from this machine only, and through nginx from everywhere", () => {
  const conf = readDeployFile("nginx.conf");
  const [, tlsPort] = /listen (\d+) ssl/.exec(conf)!;
  const [port] = lastOf(image, "EXPOSE");
  assert.deepEqual(medembed.ports, [`127.0.0.1:8080:${port}`, `443:${tlsPort}`]);
  assert.equal(nginx.network_mode, "service:medembed");
  assert.match(conf, new RegExp(`server 127\\.0\\.0\\.1:${port};`));
});

test("nginx finds its file, certificate and key", () => {
  const [[file, target]] = nginx.volumes.map((volume: string) => volume.split(":"));
  assert.ok(existsSync(deployFile(file)));
  assert.match(target, /^\/etc\/nginx\/conf\.d\//);
  const named = [...readDeployFile("nginx.conf").matchAll(/ssl_certificate(?:_key)? (.+);/g)].map(([, path]) => path);
  const mounted = nginx.secrets.map(({ source, target }: { source: string; target: string }) => {
    assert.ok(source in compose.secrets);
    return target;
  });
  assert.deepEqual(
    mounted,
    named.map((path) => `/etc/nginx/${path}`),
  );
});
