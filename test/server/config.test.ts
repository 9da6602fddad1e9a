import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Adapter } from "../../src/applications/adapters/adapter.ts";
import { saveAdapter } from "../../src/applications/adapters/adapter-files.ts";
import { fromStateDict } from "../../src/applications/adapters/state-dict.ts";
import { readTensors } from "../../src/applications/tensor-folder.ts";
import { DEFAULT_CACHE } from "../../src/server/cache/cache-config.ts";
import { readConfig } from "../../src/server/config.ts";
import { DEFAULT_LIMITS, LIMITS } from "../../src/server/limits.ts";
import { temporaryFolder } from "../golden-small.ts";

const folder = await temporaryFolder();
const path = join(folder, "medembed.yaml");

async function readYaml(yaml: string, flags = {}, environment = {}) {
  await writeFile(path, yaml);
  return readConfig(path, flags, environment);
}

const USUAL = { traffic: 100, mirror: 0, timeoutMs: DEFAULT_LIMITS.timeoutMs, responseForm: "list" };

const keysOf = (primary: string, secondary: string) => [
  { name: "primary", key: primary },
  { name: "secondary", key: secondary },
];

test("without a file everything is as by default", async () => {
  assert.deepEqual(await readConfig(undefined, {}, {}), {
    host: "127.0.0.1",
    port: 8080,
    allowedHosts: [],
    keys: { scoring: [] },
    limits: DEFAULT_LIMITS,
    cache: DEFAULT_CACHE,
    libraries: [],
    deployments: [{ name: "default", ...USUAL }],
  });
  for (const limit of Object.values(LIMITS)) assert.ok(limit.min <= limit.default && limit.default <= limit.max);
});

const FULL = `
host: 0.0.0.0
port: 9000
allowedHosts: [Medembed.example.org]
keys: { primary: one, secondary: two }
limits:
  maxRows: 16
cache: { memoryBytes: 0, folder: ./vectors, folderBytes: 67108864 }
batch: { folder: ./batch }
deployments:
  chest:
    model: ./mi2
    precision: int8
    profile: mi2-service;jpegQuality=95
    threads: 3
`;

test("a file says what differs; models and the cache's folder stand beside it", async () => {
  assert.deepEqual(await readYaml(FULL), {
    host: "0.0.0.0",
    port: 9000,
    allowedHosts: ["medembed.example.org"],
    keys: { scoring: keysOf("one", "two") },
    limits: { ...DEFAULT_LIMITS, maxRows: 16 },
    cache: { memoryBytes: 0, folder: join(folder, "vectors"), folderBytes: 2 ** 26 },
    batch: { folder: join(folder, "batch") },
    libraries: [],
    deployments: [
      {
        name: "chest",
        ...USUAL,
        model: join(folder, "mi2"),
        precision: "int8",
        profile: "mi2-service;jpegQuality=95",
        threads: 3,
      },
    ],
  });
  const { deployments } = await readYaml("deployments: { nano: { model: medembed-nano } }");
  assert.deepEqual(deployments, [{ name: "nano", ...USUAL, model: "medembed-nano" }]);
  assert.equal((await readYaml("")).port, 8080);
});

test("flags go before the file, keys of the environment too", async () => {
  const flags = { host: undefined, port: 0, model: "other", profile: undefined };
  const { port, host, keys, deployments } = await readYaml(FULL, flags, { MEDEMBED_KEY: "three" });
  assert.deepEqual([port, host, keys], [0, "0.0.0.0", { scoring: keysOf("three", "two") }]);
  assert.equal(deployments[0].model, "other");
  assert.equal(deployments[0].profile, "mi2-service;jpegQuality=95");
});

test("an address that others reach is refused without a key", async () => {
  for (const host of ["0.0.0.0", "::", "192.168.0.7", "example.org", "1270.0.0.1", "127.example.org"]) {
    await assert.rejects(readConfig(undefined, { host }, {}), { code: "usage", message: /set MEDEMBED_KEY/ });
    assert.equal((await readConfig(undefined, { host }, { MEDEMBED_KEY_SECONDARY: "one" })).host, host);
  }
  for (const host of ["127.0.0.1", "127.1.2.3", "localhost", "::1"]) await readConfig(undefined, { host }, {});
});

test("a key that is set to nothing is refused rather than taken for none", async () => {
  for (const key of ["", " ", "a b", "é", "x".repeat(513)]) {
    await assert.rejects(readConfig(undefined, {}, { MEDEMBED_KEY: key }), { code: "usage", message: /MEDEMBED_KEY/ });
  }
});

const BAD: readonly [yaml: string, line: number, reason: RegExp][] = [
  ["host: x\nport: http\n", 2, /port must be integer/],
  ["port: 70000", 1, /port must be <= 65535/],
  ["allowedHosts: ['http://a.example']", 1, /allowedHosts\.0 must match/],
  ["\nport: 1\nprot: 2\n", 3, /prot is unknown/],
  ["limits:\n  maxRows: 2000\n", 2, /limits\.maxRows must be <= 1024/],
  ["limits:\n  rows: 2\n", 2, /limits\.rows is unknown/],
  ["keys:\n  primary:\n  secondary: hush\n", 2, /keys\.primary must be string/],
  ["keys:\n  primary: hush hush\n", 2, /keys\.primary must match/],
  ["deployments:\n  a:\n    precision: fp8\n", 3, /precision must be .*: auto, fp32, int8/],
  ["deployments: {}\n", 1, /deployments must not have fewer than 1/],
  ["deployments:\n  a b: {}\n", 2, /deployments\.a b is unknown/],
  ["deployments:\n  a:\n    traffic: 101\n", 3, /deployments\.a\.traffic must be <= 100/],
  ["deployments:\n  a:\n    mirror: 51\n", 3, /deployments\.a\.mirror must be <= 50/],
  ["cache:\n  memoryBytes: -1\n", 2, /cache\.memoryBytes must be >= 0/],
  ["cache:\n  folder: ''\n", 2, /cache\.folder must not have fewer than 1/],
  ["cache:\n  folder: a\n  folderBytes: 1000\n", 3, /cache\.folderBytes must be >= 67108864/],
  ["host: a\nhost: b\n", 2, /no YAML \(duplicate key\)/],
  ["host: [\n", 2, /no YAML/],
  ["- host\n", 1, /the config must be object/],
];

for (const [yaml, line, reason] of BAD) {
  test(`refused with its line: ${JSON.stringify(yaml)}`, async () => {
    await assert.rejects(readYaml(yaml), (error: Error & { code: string }) => {
      assert.equal(error.code, "usage");
      assert.ok(error.message.startsWith(`${path}:${line}: `), error.message);
      assert.match(error.message, reason);
      assert.doesNotMatch(error.message, /hush/, "a value may be a key");
      return true;
    });
  });
}

test("a missing file, an unknown profile and limits that contradict each other are refused", async () => {
  await assert.rejects(readConfig(join(folder, "none.yaml"), {}, {}), { code: "usage" });
  await assert.rejects(readConfig(folder, {}, {}), { code: "usage" });
  await assert.rejects(readYaml("deployments: { a: { profile: nonesuch } }"), { code: "unknown-profile" });
  await assert.rejects(readYaml("limits: { maxPendingBytes: 2000000 }"), { code: "usage", message: /maxBodyBytes/ });
});

test("a bound of the folder needs a folder", async () => {
  await assert.rejects(readYaml("cache: { folderBytes: 99999999 }"), { code: "usage", message: /needs cache\.folder/ });
});

test("several deployments share the traffic, and what makes no sense of it is refused", async () => {
  const { deployments } = await readYaml("deployments: { a: { traffic: 90 }, b: { traffic: 10 }, c: { mirror: 5 } }");
  assert.deepEqual(
    deployments.map(({ traffic, mirror }) => [traffic, mirror]),
    [
      [90, 0],
      [10, 0],
      [0, 5],
    ],
  );
  for (const [yaml, message] of [
    ["deployments: { a: { traffic: 90 }, b: { traffic: 9 } }", /99 percent together/],
    ["deployments: { a: { traffic: 100, mirror: 5 } }", /deployment a cannot take traffic and be a mirror/],
    ["deployments: { a: { traffic: 100 }, b: { mirror: 50 }, c: { mirror: 50 }, d: { mirror: 1 } }", /101 percent/],
    ["deployments: { a: { labels: [x, ' x'] } }", /the label "x" is there twice/],
    ["deployments: { a: { labels: [x, y], templates: ['{lable}'] } }", /did you mean \{label\}\?/],
    ["deployments: { a: { templates: ['{label}'] } }", /deployment a has templates and no labels/],
    ["deployments: { a: { labels: [x, ' '] } }", /1 label was given: .* two at least/],
  ] as const) {
    await assert.rejects(readYaml(yaml), { code: "usage", message });
  }
  await assert.rejects(readConfig(path, { model: "other" }, {}), { code: "usage" });
  await readYaml("deployments: { a: {}, b: {} }");
  await assert.rejects(readConfig(path, { model: "other" }, {}), { code: "usage", message: /--model does not say/ });
});

test("labels may stand in a file of their own, one a line", async () => {
  await writeFile(join(folder, "labels.txt"), "chest x-ray\n\n  brain mri \n");
  const { deployments } = await readYaml("deployments: { a: { labels: labels.txt } }");
  assert.deepEqual(deployments[0].labels, [
    { name: "chest x-ray", prompts: ["chest x-ray."], negatives: [] },
    { name: "brain mri", prompts: ["brain mri."], negatives: [] },
  ]);
});

test("labels may have templates, and a text for their absence", async () => {
  const given =
    "labels: [{ label: pna, prompt: pneumonia, negative: no pneumonia }], templates: ['x-ray chest {label}', '{label}']";
  const { deployments } = await readYaml(`deployments: { a: { ${given} } }`);
  assert.deepEqual(deployments[0].labels, [
    {
      name: "pna",
      prompts: ["x-ray chest pneumonia", "pneumonia"],
      negatives: ["x-ray chest no pneumonia", "no pneumonia"],
    },
  ]);
});

test("an adapter is a folder from the config's, and its profile is the deployment's", async () => {
  const { tensors, card } = fromStateDict(
    await readTensors(join(import.meta.dirname, "../files/applications/adapter.safetensors")),
    ["a", "b", "c", "d"],
    { model: "m", weights: "0f", profile: "mi2-service;jpegQuality=95", dimensions: 64 },
  );
  await saveAdapter(new Adapter(card, tensors), join(folder, "findings"));
  const { deployments } = await readYaml("deployments: { a: { adapter: findings } }");
  assert.deepEqual(
    [deployments[0].adapter, deployments[0].profile],
    [join(folder, "findings"), "mi2-service;jpegQuality=95"],
  );
  const chosen = "mi2-service;jpegQuality=95;rendering=dicom";
  const beside = await readYaml(`deployments: { a: { adapter: findings, profile: ${chosen} } }`);
  assert.equal(beside.deployments[0].profile, chosen);
  for (const [settings, message] of [
    [
      "adapter: findings, profile: mi2-service",
      /trained on the profile mi2-service;jpegQuality=95, the deployment has mi2-service$/,
    ],
    ["adapter: findings, labels: [a, b]", /deployment a has labels and an adapter, which has labels of its own/],
    ["adapter: nowhere", /nowhere is no adapter: it has no adapter\.json/],
  ] as const) {
    await assert.rejects(readYaml(`deployments: { a: { ${settings} } }`), { code: "usage", message });
  }
});

test("hosts of images are read as scheme, host and port", async () => {
  const { imageUrls } = await readYaml(
    "imageUrls: { allow: [images.example.org, 'http://PACS.local:8080', '[::1]:9'] }",
  );
  assert.deepEqual(imageUrls, {
    origins: ["https://images.example.org", "http://pacs.local:8080", "https://[::1]:9"],
    allowPrivate: false,
    maxBytes: 32 * 2 ** 20,
    timeoutMs: 10_000,
  });
  for (const entry of ["*.example.org", "a/b", "ftp://a", "http://user@a", "a?b", "a b", "a#", "file:///"]) {
    await assert.rejects(
      readYaml(`imageUrls: { allow: ["${entry}"] }`),
      { code: "usage", message: /imageUrls\.allow\.0 is no host/ },
      entry,
    );
  }
  await assert.rejects(readYaml("imageUrls: { allow: [] }"), { message: /imageUrls\.allow must not have fewer/ });
});
