import assert from "node:assert/strict";
import { test } from "node:test";
import { MedembedError } from "../../src/errors.ts";
import { parseProfile, profileId, profileOptions } from "../../src/profiles/profiles.ts";

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

const REFUSED: [id: string, code: string, message: RegExp][] = [
  ["other", "unknown-profile", /"other"; known are direct, mi2-service/],
  ["", "unknown-profile", /""/],
  ["toString", "unknown-profile", /"toString"/],
  ["direct;jpegQuality=75", "usage", /no option "jpegQuality"/],
  ["mi2-service;toString=1", "usage", /no option "toString"/],
  ["mi2-service;jpegQuality=0", "usage", /from 1 to 100/],
  ["mi2-service;jpegQuality", "usage", /from 1 to 100/],
  ["mi2-service;standardSize=1e3", "usage", /from 1 to 4096/],
];
for (const [id, code, message] of REFUSED) {
  test(`profile "${id}" is refused as ${code}`, () => {
    assert.throws(
      () => parseProfile(id),
      (error) => error instanceof MedembedError && error.code === code && message.test(error.message),
    );
  });
}
