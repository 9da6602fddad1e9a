import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Numbers that scikit-learn, scipy, numpy or PyTorch computed, by a script beside them. */
// biome-ignore lint/suspicious/noExplicitAny: what the file holds is what the tests compare
export function reference(name: string): any {
  return JSON.parse(readFileSync(join(import.meta.dirname, "../files/applications", `${name}.json`), "utf8"));
}

/** One number, or all of a list. A reference that is not finite is spelt as Python has it. */
export function assertClose(
  found: number | ArrayLike<number>,
  expected: unknown,
  { tolerance = 1e-9, what = "" }: { readonly tolerance?: number; readonly what?: string } = {},
): void {
  if (typeof found !== "number") {
    const list = expected as ArrayLike<unknown>;
    assert.equal(found.length, list.length, what);
    for (let i = 0; i < found.length; i++) assertClose(found[i], list[i], { tolerance, what: `${what}[${i}]` });
    return;
  }
  const wanted = typeof expected === "string" ? Number(expected.replace("inf", "Infinity")) : Number(expected);
  if (Object.is(found, wanted)) return; // NaN, too
  assert.ok(Math.abs(found - wanted) <= tolerance, `${what}: ${found}, expected ${wanted}`);
}
