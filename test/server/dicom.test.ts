import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { writePicture } from "../formats/dicom/write-dicom.ts";
import { DIRECT_CARD, makeCheckpoint, temporaryFolder } from "../golden-small.ts";
import { envelope } from "./serving.ts";
import { startFromFile } from "./start-from-file.ts";

const folder = await temporaryFolder();
await makeCheckpoint(join(folder, "golden-small"), { card: DIRECT_CARD });
const path = join(folder, "medembed.yaml");
const deployment = (profile: string) =>
  `{ model: golden-small, precision: fp32, threads: 1, profile: "${profile}", traffic: 50 }`;
await writeFile(
  path,
  `port: 0
keys: { primary: first-key }
deployments:
  pictures: ${deployment("direct")}
  studies: ${deployment("direct;rendering=dicom")}
`,
);

test("DICOM bytes are no image for a deployment, unless its profile names a rendering", async () => {
  const { server, url } = await startFromFile(path, join(folder, "cache"));
  after(() => server.stop());
  await server.ready;
  const file = Buffer.from(writePicture([1, 2, 3, 4, 5, 6, 7, 8])).toString("base64");
  const score = (name: string) =>
    fetch(`${url}/score`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: "Bearer first-key",
        "azureml-model-deployment": name,
      },
      body: JSON.stringify(envelope(["image", "text"], [[file, ""]])),
    });
  const refused = await score("pictures");
  assert.equal(refused.status, 424, await refused.clone().text());
  const [answered] = (await (await score("studies")).json()) as [{ image_features: number[][] }];
  assert.ok(answered.image_features[0]!.every(Number.isFinite));
});
