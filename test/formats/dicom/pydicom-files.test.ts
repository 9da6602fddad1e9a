import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { MedembedError } from "../../../src/errors.ts";
import type { MonochromeFrame } from "../../../src/formats/dicom/monochrome-frame.ts";
import { readMedicalImage } from "../../../src/formats/index.ts";
import type { Image } from "../../../src/image.ts";
import { parseProfile, profileRendering } from "../../../src/profiles/profiles.ts";
import { renderFrame } from "../../../src/profiles/renderings/render-frame.ts";

/** Where Debian's python3-pydicom has its files. Not all of them say whose they are, so they stay there; what they hold is in the reference. */
const FOLDER = "/usr/lib/python3/dist-packages/pydicom/data/test_files";

/** As `make-reference.py` describes a file; without a code where any refusal will do. */
type Expected =
  | { readonly refused: string | null }
  | { readonly size: readonly [width: number, height: number]; readonly frames: readonly ExpectedFrame[] };
type ExpectedFrame =
  | { readonly rgb: string }
  | { readonly stored: string; readonly rendered: Readonly<Record<string, string>> };

const reference = JSON.parse(
  readFileSync(new URL("../../files/dicom/reference.json", import.meta.url), "utf8"),
) as Record<string, Expected>;

if (!existsSync(FOLDER)) {
  test("the files of python3-pydicom are compared where they are installed", {
    skip: "python3-pydicom is not",
  }, () => {});
} else {
  for (const [name, expected] of Object.entries(reference)) {
    const bytes = new Uint8Array(readFileSync(join(FOLDER, name)));
    if ("refused" in expected) {
      test(`${name} is refused`, async () => {
        await assert.rejects(
          readMedicalImage(bytes),
          (error) => error instanceof MedembedError && (expected.refused ?? error.code) === error.code,
        );
      });
    } else {
      test(`${name} holds what other decoders find in it`, async () => {
        for (const [index, frame] of expected.frames.entries()) {
          const image = await readMedicalImage(bytes, index + 1);
          assert.deepEqual([image.width, image.height], expected.size);
          assert.deepEqual(describe(image, frame), frame);
        }
      });
    }
  }
}

function describe(image: Image | MonochromeFrame, expected: ExpectedFrame): ExpectedFrame {
  if (!("modality" in image)) return { rgb: sha256(image.data as Uint8Array) };
  const rendered = "rendered" in expected ? Object.keys(expected.rendered) : [];
  return {
    stored: sha256(new Uint8Array(Float64Array.from(image.values).buffer)),
    rendered: Object.fromEntries(rendered.map((id) => [id, sha256(render(image, id))])),
  };
}

function render(frame: MonochromeFrame, id: string): Uint8Array {
  const { name, options } = profileRendering(parseProfile(`direct;rendering=${id}`));
  return renderFrame(frame, name, options).data;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
