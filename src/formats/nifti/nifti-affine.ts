import { isUsable } from "../volume/orientation.ts";
import type { Affine } from "../volume/volume.ts";
import type { NiftiHeader } from "./nifti-header.ts";

/**
 * Where the voxels lie, in millimetres: by the sform where there is one, else by the qform (nifti1.h, methods 3 and 2; the order is
 * nibabel's). Undefined where neither is set or both lead nowhere.
 */
export function niftiAffine(header: NiftiHeader): Affine | undefined {
  const forms = [...(header.sformCode > 0 ? [sform(header)] : []), ...(header.qformCode > 0 ? [qform(header)] : [])];
  return forms.map((form) => inMillimetres(form, header.unitMm)).find(isUsable);
}

function sform({ sform: values }: NiftiHeader): Affine {
  const row = (start: number) => values.slice(start, start + 4) as unknown as Affine[number];
  return [row(0), row(4), row(8)];
}

/** nifti1.h, "QUATERNION REPRESENTATION OF ROTATION MATRIX"; pixdim[0] says whether k runs the other way. */
function qform({ quaternion: [b, c, d], offsets, pixelSizes }: NiftiHeader): Affine {
  const a = Math.sqrt(Math.max(0, 1 - (b * b + c * c + d * d)));
  const rotation = [
    [a * a + b * b - c * c - d * d, 2 * b * c - 2 * a * d, 2 * b * d + 2 * a * c],
    [2 * b * c + 2 * a * d, a * a + c * c - b * b - d * d, 2 * c * d - 2 * a * b],
    [2 * b * d - 2 * a * c, 2 * c * d + 2 * a * b, a * a + d * d - c * c - b * b],
  ];
  const [factor, di, dj, dk] = pixelSizes;
  const row = (axis: 0 | 1 | 2) => {
    const [i, j, k] = rotation[axis];
    return [i * di, j * dj, k * dk * (factor < 0 ? -1 : 1), offsets[axis]] as const;
  };
  return [row(0), row(1), row(2)];
}

function inMillimetres(affine: Affine, unitMm: number): Affine {
  return affine.map((row) => row.map((value) => value * unitMm)) as unknown as Affine;
}
