import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Deployment } from "kubernetes-types/apps/v1.d.ts";
import type { HorizontalPodAutoscaler } from "kubernetes-types/autoscaling/v2.d.ts";
import type { Secret, Service } from "kubernetes-types/core/v1.d.ts";
import type { NetworkPolicy } from "kubernetes-types/networking/v1.d.ts";
import type { PodDisruptionBudget } from "kubernetes-types/policy/v1.d.ts";
import { parse, parseAllDocuments } from "yaml";
import { COMMANDS } from "../../src/cli/commands.ts";
import { readConfig } from "../../src/server/config.ts";
import { temporaryFolder } from "../golden-small.ts";
import { serve } from "../server/serving.ts";
import {
  bytesOf,
  deployFile,
  ENDS_WITHIN,
  lastResortMs,
  moved,
  NEEDED_MEMORY,
  REPOSITORY,
  readDeployFile,
} from "./deploy-file.ts";
import { commandOf, environmentOf, lastOf, readStages } from "./dockerfile.ts";
import type { ScaledObject, TriggerAuthentication } from "./keda-types.ts";
import { type ClusterObject, MANIFESTS, manifestOf, typeFaults, WORKER_MANIFESTS } from "./manifests.ts";

const image = readStages().at(-1)!;
const deployment = manifestOf<Deployment>("Deployment").spec!;
const pod = deployment.template.spec!;
const [container] = pod.containers;
const labels = deployment.template.metadata!.labels;
const workerPod = manifestOf<Deployment>("Deployment", WORKER_MANIFESTS).spec!.template.spec!;
const [worker] = workerPod.containers;
const kustomization = parse(readDeployFile("kubernetes/kustomization.yaml"));

test("every object has the fields of its kind, of their types, and no other", async () => {
  assert.deepEqual(await typeFaults([...MANIFESTS, ...WORKER_MANIFESTS].map(({ object }) => object)), []);
  const scaledObject = manifestOf<ScaledObject>("ScaledObject", WORKER_MANIFESTS);
  const wrong = [
    [manifestOf<Deployment>("Deployment"), "readinessProbe", "readinessprobe"],
    [manifestOf<Deployment>("Deployment"), '"containerPort":8080', '"containerPort":"8080"'],
    [manifestOf<Deployment>("Deployment"), '"selector"', '"selectors"'],
    [scaledObject, "listLength", "listlength"],
    [scaledObject, "minReplicaCount", "minReplicas"],
  ].map(([object, written, misspelt]) => JSON.parse(JSON.stringify(object).replace(String(written), String(misspelt))));
  assert.equal((await typeFaults(wrong)).length, wrong.length);
});

test("the kustomization takes every object but the example, and the image of this version", async () => {
  const files = MANIFESTS.map(({ file }) => file).filter((file) => file !== "secret.example.yaml");
  assert.deepEqual(kustomization.resources.toSorted(), files.sort());
  const { version } = JSON.parse(await readFile(join(REPOSITORY, "package.json"), "utf8"));
  const [{ name, newTag }] = kustomization.images;
  assert.deepEqual([name, newTag], [container.image, version]);
});

const hasKubectl = spawnSync("kubectl", ["version", "--client"]).error === undefined;

test("kustomize puts all of it together", { skip: !hasKubectl && "needs kubectl" }, async () => {
  const folder = join(await temporaryFolder(), "kubernetes");
  await cp(deployFile("kubernetes"), folder, { recursive: true });
  const path = join(folder, "kustomization.yaml");
  await writeFile(path, moved(await readFile(path, "utf8"), { "# components:": "components:" }));
  const { stdout, stderr } = spawnSync("kubectl", ["kustomize", folder], { encoding: "utf8" });
  const objects = parseAllDocuments(stdout).map((document): ClusterObject => document.toJS());
  const expected = [...MANIFESTS, ...WORKER_MANIFESTS].filter(({ file }) => file !== "secret.example.yaml");
  assert.deepEqual(
    objects.map(({ kind }) => kind).sort(),
    [...expected.map(({ object }) => object.kind), "ConfigMap"].sort(),
    stderr,
  );
  const { newName, newTag } = kustomization.images[0];
  for (const { spec } of objects.filter(({ kind }) => kind === "Deployment") as Deployment[]) {
    assert.equal(spec!.template.spec!.containers[0].image, `${newName}:${newTag}`);
  }
  const config = objects.find(({ kind }) => kind === "ConfigMap")!.metadata.name;
  assert.ok(JSON.stringify(objects).includes(`"configMap":{"name":"${config}"}`));
});

test("whatever selects pods selects those of the deployment", () => {
  const selectors = {
    deployment: deployment.selector.matchLabels,
    service: manifestOf<Service>("Service").spec!.selector,
    disruptions: manifestOf<PodDisruptionBudget>("PodDisruptionBudget").spec!.selector!.matchLabels,
    network: manifestOf<NetworkPolicy>("NetworkPolicy").spec!.podSelector!.matchLabels,
    spread: pod.topologySpreadConstraints![0].labelSelector!.matchLabels,
  };
  for (const [who, selector] of Object.entries(selectors)) assert.deepEqual(selector, labels, who);
  const { apiVersion, kind, metadata } = manifestOf<Deployment>("Deployment");
  const target = manifestOf<HorizontalPodAutoscaler>("HorizontalPodAutoscaler").spec!.scaleTargetRef;
  assert.deepEqual(target, { apiVersion, kind, name: metadata!.name });
});

test("every port is the one that the server listens on", async () => {
  const { host, port } = await readConfig(deployFile("kubernetes/medembed.yaml"), {}, { MEDEMBED_KEY: "first-key" });
  assert.equal(host, "0.0.0.0");
  assert.deepEqual(container.ports, [{ name: "http", containerPort: port }]);
  const ports = [
    manifestOf<Service>("Service").spec!.ports![0].targetPort,
    manifestOf<NetworkPolicy>("NetworkPolicy").spec!.ingress![0].ports![0].port,
    ...probes().map(({ httpGet }) => httpGet!.port),
  ];
  assert.deepEqual(new Set(ports), new Set(["http"]));
});

test("a pod that loads is alive and not ready, by the paths of its probes", async () => {
  const { app } = await serve(undefined);
  const statuses = probes().map(async ({ httpGet }) => (await app.inject(httpGet!.path!)).statusCode);
  assert.deepEqual(await Promise.all(statuses), [503, 503, 200]);
});

test("a pod has time to stop, memory for its bodies, and the threads of its share", async () => {
  const { seconds } = container.lifecycle!.preStop!.sleep!;
  assert.ok(pod.terminationGracePeriodSeconds! >= seconds + ENDS_WITHIN);
  const { requests, limits } = container.resources!;
  assert.deepEqual(requests, limits);
  assert.ok(bytesOf(String(limits!.memory)) >= NEEDED_MEMORY);
  const { threads } = parse(readDeployFile("kubernetes/medembed.yaml")).deployments.default;
  assert.equal(String(threads), limits!.cpu);
});

test("config and cache lie where the image looks for them, for the user that it has", () => {
  const mounted = Object.fromEntries(container.volumeMounts!.map(({ name, mountPath }) => [name, mountPath]));
  const [{ name, files }] = kustomization.configMapGenerator;
  assert.ok(commandOf(lastOf(image, "CMD")).includes(`${mounted.config}/${files[0]}`));
  assert.deepEqual(
    pod.volumes!.find((volume) => volume.name === "config"),
    { name: "config", configMap: { name } },
  );
  assert.equal(mounted.cache, environmentOf(image).MEDEMBED_CACHE);
  const { runAsUser, runAsGroup, runAsNonRoot } = pod.securityContext!;
  assert.deepEqual([`${runAsUser}:${runAsGroup}`], lastOf(image, "USER"));
  assert.deepEqual([runAsNonRoot, container.securityContext!.readOnlyRootFilesystem], [true, true]);
});

test("the keys come from the Secret, and the example's does not open anything", async () => {
  const secret = manifestOf<Secret>("Secret");
  const config = deployFile("kubernetes/medembed.yaml");
  const references = container.env!.map(({ name, valueFrom }) => [name, valueFrom!.secretKeyRef!] as const);
  for (const [variable, { name, key, optional = false }] of references) {
    assert.equal(name, secret.metadata!.name);
    assert.equal(optional, !(key in secret.stringData!));
    const { keys } = await readConfig(config, {}, { MEDEMBED_KEY: "first-key", [variable]: "another-key" });
    assert.ok(
      keys.scoring.some(({ key }) => key === "another-key"),
      variable,
    );
  }
  assert.equal(references.length, 2);
  await assert.rejects(readConfig(config, {}, secret.stringData!), /MEDEMBED_KEY is empty, too long or holds blanks/);
});

test("a worker is started with options that it has, and ends before it is killed", () => {
  const [command, ...args] = [...worker.command!.slice(2), ...worker.args!];
  assert.equal(command, "worker");
  assert.deepEqual(worker.command!.slice(0, 2), commandOf(lastOf(image, "ENTRYPOINT")).slice(0, 2));
  const known = COMMANDS.worker.options.map(({ flags }) => flags.split(" ")[0]);
  for (const flag of args.filter((arg) => arg.startsWith("--"))) assert.ok(known.includes(flag), flag);
  const given = (flag: string) => args[args.indexOf(flag) + 1];
  assert.equal(given("--threads"), worker.resources!.limits!.cpu);
  assert.equal(given("--metrics"), `0.0.0.0:${worker.ports![0].containerPort}`);
  const mounted = Object.fromEntries(worker.volumeMounts!.map(({ name, mountPath }) => [name, mountPath]));
  assert.equal(given("--key"), `${mounted.identities}/identities.key`);
  assert.equal(mounted.cache, environmentOf(image).MEDEMBED_CACHE);
  assert.ok(workerPod.terminationGracePeriodSeconds! * 1000 > lastResortMs("worker"));
  assert.deepEqual(workerPod.securityContext, pod.securityContext);
  assert.deepEqual(worker.securityContext, container.securityContext);
});

test("KEDA asks the queue of the workers, with their password", () => {
  const { spec } = manifestOf<ScaledObject>("ScaledObject", WORKER_MANIFESTS);
  const deployment = manifestOf<Deployment>("Deployment", WORKER_MANIFESTS);
  assert.equal(spec.scaleTargetRef.name, deployment.metadata!.name);
  const authentication = manifestOf<TriggerAuthentication>("TriggerAuthentication", WORKER_MANIFESTS);
  const { host } = new URL(worker.args![1]);
  for (const trigger of spec.triggers) {
    assert.ok(trigger.type === "redis");
    assert.equal(trigger.metadata.address, host);
    assert.equal(trigger.authenticationRef!.name, authentication.metadata.name);
  }
  for (const { name, key } of authentication.spec.secretTargetRef) {
    assert.equal(name, worker.envFrom![0].secretRef!.name);
    assert.equal(key, "MEDEMBED_QUEUE_PASSWORD");
  }
});

/** Startup, readiness, liveness. */
function probes() {
  return [container.startupProbe!, container.readinessProbe!, container.livenessProbe!];
}
