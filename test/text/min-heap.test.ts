import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MinHeap } from "../../src/text/min-heap.ts";

test("keys come out in order, also when some leave before others come", () => {
  const keys = fc.array(fc.oneof(fc.integer({ min: 0, max: 50 }), fc.constant(null)));
  fc.assert(
    fc.property(keys, (operations) => {
      const heap = new MinHeap();
      let sorted: number[] = [];
      for (const key of operations) {
        if (key === null) {
          heap.pop();
          sorted = sorted.slice(1);
        } else {
          heap.push(key);
          sorted = [...sorted, key].sort((left, right) => left - right);
        }
        assert.equal(heap.peek(), sorted[0]);
      }
    }),
  );
});
