import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Deployment } from "kubernetes-types/apps/v1.d.ts";
import type { HorizontalPodAutoscaler } from "kubernetes-types/autoscaling/v2.d.ts";
import type { Secret, Service } from "kubernetes-types/core/v1.d.ts";
import type { NetworkPolicy } from "kubernetes-types/networking/v1.d.ts";
import type { PodDisruptionBudget } from "kubernetes-types/policy/v1.d.ts";
import { parse } from "yaml";
import { readConfig } from "../../src/server/config.ts";
import { temporaryFolder } from "../golden-small.ts";
import { serve } from "../server/serving.ts";
import { bytesOf, deployFile, ENDS_WITHIN, NEEDED_MEMORY, REPOSITORY, readDeployFile } from "./deploy-file.ts";
import { commandOf, environmentOf, lastOf, readStages } from "./dockerfile.ts";
import { MANIFESTS, type Manifest, manifestOf, typeScriptOf } from "./manifests.ts";

const image = readStages().at(-1)!;
const deployment = manifestOf<Deployment>("Deployment").spec!;
const pod = deployment.template.spec!;
const [container] = pod.containers;
const labels = deployment.template.metadata!.labels;
const kustomization = parse(readDeployFile("kubernetes/kustomization.yaml"));

test("every object has the fields of its kind, of their types, and no other", async () => {
  const folder = await temporaryFolder();
  assert.deepEqual(await typeFaults(folder, MANIFESTS), []);
  const { file, object } = MANIFESTS.find(({ object }) => object.kind === "Deployment")!;
  for (const [written, misspelt] of [
    ["readinessProbe", "readinessprobe"],
    ['"containerPort":8080', '"containerPort":"8080"'],
    ['"selector"', '"selectors"'],
  ]) {
    const wrong = JSON.parse(JSON.stringify(object).replace(written, misspelt));
    assert.equal((await typeFaults(folder, [{ file, object: wrong }])).length, 1, misspelt);
  }
});

test("the kustomization takes every object but the example, and the image of this version", async () => {
  const files = MANIFESTS.map(({ file }) => file).filter((file) => file !== "secret.example.yaml");
  assert.deepEqual(kustomization.resources.toSorted(), files.sort());
  const { version } = JSON.parse(await readFile(join(REPOSITORY, "package.json"), "utf8"));
  const [{ name, newTag }] = kustomization.images;
  assert.deepEqual([name, newTag], [container.image, version]);
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

/** Startup, readiness, liveness. */
function probes() {
  return [container.startupProbe!, container.readinessProbe!, container.livenessProbe!];
}

/** What the TypeScript compiler has to say about objects. */
async function typeFaults(folder: string, manifests: readonly Manifest[]): Promise<string[]> {
  const modules = join(REPOSITORY, "node_modules");
  const file = join(folder, "objects.ts");
  await writeFile(file, typeScriptOf(manifests, join(modules, "kubernetes-types")));
  const options = ["--noEmit", "--strict", "--target", "es2023", "--module", "nodenext", "--types", ""];
  const compiler = join(modules, "typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [compiler, ...options, file], { cwd: folder, encoding: "utf8" });
  return stdout.split("\n").filter((line) => line.includes("error TS"));
}
