import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { quantizeColumns } from "../../src/convert/quantize.ts";

test("each output has its own scale, and the layout turns from [outputs, inputs] to [inputs, outputs]", () => {
  const weight = Float32Array.of(127, -63.5, 0, 1.27, -1.27, 0.635);
  const { values, scales } = quantizeColumns(weight, 3, 2);
  assert.deepEqual([...scales], [1, Math.fround(1.27 / 127)]);
  assert.deepEqual([...values], [127, 127, -63, -127, 0, 64]); // Math.round rounds halves up
});

test("an output of zeros stays zero", () => {
  const { values, scales } = quantizeColumns(new Float32Array(4), 2, 2);
  assert.deepEqual([...values, ...scales], [0, 0, 0, 0, 1, 1]);
});

test("no weight moves by more than half a step, and the largest has the last step", () => {
  const normal = fc
    .float({ min: -1e6, max: 1e6, noNaN: true })
    .filter((value) => value === 0 || Math.abs(value) > 1e-30);
  fc.assert(
    fc.property(fc.array(normal, { minLength: 6, maxLength: 6 }), (weights) => {
      const weight = Float32Array.from(weights);
      const { values, scales } = quantizeColumns(weight, 3, 2);
      for (const output of [0, 1]) {
        const steps = [0, 1, 2].map((input) => values[input * 2 + output]);
        for (const [input, step] of steps.entries()) {
          const moved = Math.abs(weight[output * 3 + input] - step * scales[output]);
          assert.ok(moved <= scales[output] * 0.50001, `moved by ${moved} at a step of ${scales[output]}`);
        }
        const isZero = weight.subarray(output * 3, output * 3 + 3).every((value) => value === 0);
        assert.equal(Math.max(...steps.map(Math.abs)), isZero ? 0 : 127);
      }
    }),
  );
});
