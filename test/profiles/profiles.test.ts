import assert from "node:assert/strict";
import { test } from "node:test";
import { MedembedError } from "../../src/errors.ts";
import {
  namesRendering,
  parseProfile,
  profileId,
  profileOptions,
  profileRecipe,
  profileRendering,
} from "../../src/profiles/profiles.ts";

test("an id names a profile and the options that are not its own", () => {
  assert.equal(profileId({ name: "direct" }), "direct");
  assert.equal(profileId({ name: "mi2-service", standardSize: 512, jpegQuality: 75 }), "mi2-service");
  assert.equal(profileId({ name: "mi2-service", jpegQuality: 95 }), "mi2-service;jpegQuality=95");
});

test("an id can be read back, with its options in any order", () => {
  assert.deepEqual(parseProfile("direct"), { name: "direct" });
  const profile = parseProfile("mi2-service;jpegQuality=95;standardSize=480");
  assert.deepEqual(profileOptions(profile), { standardSize: 480, jpegQuality: 95 });
  assert.equal(profileId(profile), "mi2-service;standardSize=480;jpegQuality=95");
});

test("a rendering stands in the id with its options and the frame, unless it is the default", () => {
  assert.equal(profileId(parseProfile("direct;rendering=dicom;frame=1;window=1")), "direct");
  const id = "mi2-service;jpegQuality=95;rendering=hu;low=-500;high=50;frame=3";
  assert.equal(profileId(parseProfile(id)), id);
  assert.deepEqual(profileRendering(parseProfile(id)), { name: "hu", options: { low: -500, high: 50 }, frame: 3 });
  assert.deepEqual(profileOptions(parseProfile(id)), { standardSize: 512, jpegQuality: 95 });
});

test("a recipe stands in the id with its own options, whatever their order", () => {
  const id = "mi2-service;jpegQuality=95;recipe=toolkit-480;window=40,400;parity=1";
  assert.equal(profileId(parseProfile(id)), id);
  const mixed = "mi2-service;window=40,400;jpegQuality=95;parity=1;recipe=toolkit-480";
  assert.equal(profileId(parseProfile(mixed)), id);
  assert.equal(profileRecipe(parseProfile(id))?.id, "toolkit-480;window=40,400;parity=1");
  assert.equal(profileId(parseProfile("direct;recipe=toolkit-480;frame=2")), "direct;recipe=toolkit-480;frame=2");
  assert.equal(profileId(parseProfile("direct;recipe=raw-file")), "direct");
});

test("an option that a recipe and a rendering have is the recipe's", () => {
  const picture = "direct;recipe=mcp-512-jpeg;window=2";
  assert.deepEqual(profileRendering(parseProfile(picture)), { name: "dicom", options: { window: 2 }, frame: 1 });
  assert.equal(profileId(parseProfile(picture)), picture);
});

test("a profile names a rendering, if only the default, or has a recipe that renders", () => {
  const names = (id: string) => namesRendering(parseProfile(id));
  assert.ok(["direct;rendering=dicom", "direct;rendering=hu", "direct;recipe=toolkit-480"].every(names));
  assert.ok(!["direct", "direct;frame=2", "direct;recipe=mcp-512-jpeg", "direct;recipe=raw-file"].some(names));
});

const REFUSED: [id: string, code: string, message: RegExp][] = [
  ["other", "unknown-profile", /"other"; known are direct, mi2-service/],
  ["", "unknown-profile", /""/],
  ["toString", "unknown-profile", /"toString"/],
  ["direct;jpegQuality=75", "usage", /no option "jpegQuality"/],
  ["mi2-service;toString=1", "usage", /no option "toString"/],
  ["mi2-service;jpegQuality=0", "usage", /from 1 to 100/],
  ["mi2-service;jpegQuality", "usage", /from 1 to 100/],
  ["direct;rendering=other", "usage", /no rendering "other"; known are dicom, ct-lung/],
  ["direct;rendering=toString", "usage", /no rendering/],
  ["direct;rendering=ct-lung;window=2", "usage", /rendering ct-lung has no option "window"/],
  ["direct;rendering=percentile;low=50;high=50", "usage", /low below its high/],
  ["direct;frame=0", "usage", /from 1 to/],
  ["mi2-service;standardSize=1e3", "usage", /from 1 to 4096/],
  ["direct;recipe=other", "usage", /no recipe "other"/],
  ["direct;recipe", "usage", /no recipe ""/],
  ["direct;recipe=toString", "usage", /no recipe/],
  ["direct;parity=1", "usage", /no option "parity"/],
  ["direct;recipe=toolkit-480;rendering=hu", "usage", /goes with no rendering/],
];
for (const [id, code, message] of REFUSED) {
  test(`profile "${id}" is refused as ${code}`, () => {
    assert.throws(
      () => parseProfile(id),
      (error) => error instanceof MedembedError && error.code === code && message.test(error.message),
    );
  });
}
