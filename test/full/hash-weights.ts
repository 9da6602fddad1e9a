/**
 * The weights of the full-size golden model, computed from the tensors' names: nothing of 2.46 GB has to be shipped.
 * The rules are those of the golden data (test/files/golden-full/README.md).
 */
export function hashWeights(name: string, shape: readonly number[]): Float32Array {
  const { centre, spread } = distribution(name, shape);
  const seed = fnv1a(name);
  const values = new Float32Array(shape.reduce((product, dim) => product * dim, 1));
  for (let i = 0; i < values.length; i++) {
    let x = (Math.imul(i, 0x9e3779b1) + seed) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    const uniform = ((x ^ (x >>> 16)) >>> 8) * 2 ** -24; // 0 to 1
    values[i] = centre + spread * (2 * uniform - 1);
  }
  return values;
}

/** FNV-1a over the UTF-8 bytes, 32 bit. */
function fnv1a(key: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(key)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

const NORM_WEIGHT = /(^|\.)(norm|norms|ln_1|ln_2|ln_final)\.weight$/;

function distribution(name: string, shape: readonly number[]): { centre: number; spread: number } {
  if (name === "logit_scale") return { centre: 4.513362407684326, spread: 0 };
  if (NORM_WEIGHT.test(name)) return { centre: 1, spread: 0.25 };
  if (shape.length === 1) return { centre: 0, spread: 0.125 };
  if (name.endsWith("token_embedding.weight")) return { centre: 0, spread: 1 };
  if (name.endsWith("positional_embedding")) return { centre: 0, spread: 0.25 };
  if (name === "image_projection" || name === "lang_projection") return { centre: 0, spread: Math.sqrt(3 / shape[0]) };
  if (name.endsWith(".dw.weight")) return { centre: 0, spread: 0.125 * Math.sqrt(3 / 9) };
  return { centre: 0, spread: Math.sqrt(3 / shape.slice(1).reduce((product, dim) => product * dim, 1)) };
}
