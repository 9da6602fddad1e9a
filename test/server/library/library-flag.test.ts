import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { dirname, join, parse } from "node:path";
import { test } from "node:test";
import { Library } from "../../../src/library/library.ts";
import { readConfig } from "../../../src/server/config.ts";
import { freshPlace, SPACE } from "../../library/synthetic.ts";

const uri = await freshPlace();
await (await Library.openOrCreate({ uri }, SPACE)).close();

test("a library of the command line is served read only, under its profile, with the pictures of this machine", async () => {
  const { libraries, deployments } = await readConfig(undefined, { library: uri }, {});
  const [{ place: _, ...library }] = libraries;
  const pictureFolder = parse(uri).root;
  assert.deepEqual(library, {
    name: "library",
    uri,
    deployment: "default",
    isWritable: false,
    adapterFolder: join(uri, "adapters"),
    pictureFolder,
  });
  assert.equal(deployments[0].profile, `${SPACE.profile};rendering=dicom`);
  const { libraries: open } = await readConfig(undefined, { library: uri, isWritable: true }, {});
  assert.equal(open[0].isWritable, true);
});

test("who has keys shows pictures by a config only", async () => {
  const { libraries } = await readConfig(undefined, { library: uri }, { MEDEMBED_KEY: "good-key" });
  assert.equal(libraries[0].pictureFolder, undefined);
});

test("beside a config, without a library, and for one that there is not the flags are refused", async () => {
  const config = join(dirname(uri), "medembed.yaml");
  await writeFile(config, "port: 0\n");
  await assert.rejects(readConfig(config, { library: uri }, {}), { code: "usage" });
  await assert.rejects(readConfig(undefined, { isWritable: true }, {}), { code: "usage" });
  await assert.rejects(readConfig(undefined, { library: `${uri}-none` }, {}), { code: "not-found" });
});
