import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { unpickle } from "../../src/convert/unpickle.ts";
import { MedembedError } from "../../src/errors.ts";
import { concat, op, pickle } from "./forge.ts";

const world = {
  globals: new Map<string, unknown>([["math sum", (terms: number[]) => terms.reduce((sum, term) => sum + term, 0)]]),
  loadPersistent: (id: unknown) => ({ id }),
};

function read(...parts: (Uint8Array | string)[]): unknown {
  return unpickle(pickle(...parts), 0, world).value;
}

test("the values of protocol 2 are read", () => {
  assert.deepEqual(read(op.tuple("N", "\x88", "\x89", "K\xff")), [null, true, false, 255]);
  assert.deepEqual(read(op.list(op.int(-5), op.float(-0.25), op.text("Grüße\u{1F600}"))), [
    -5,
    -0.25,
    "Grüße\u{1F600}",
  ]);
  assert.deepEqual(read("\x8a\x00"), 0);
  assert.deepEqual(read("\x8a\x02\x00\xff"), -256);
  assert.deepEqual(read("\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01"), 2n ** 64n);
  assert.deepEqual(read(op.int(1), op.int(2), "\x86"), [1, 2]);
  assert.deepEqual(read("]", op.int(1), "a"), [1]);
  assert.deepEqual(read("}", op.text("k"), op.int(1), "s"), new Map([["k", 1]]));
  assert.deepEqual(read(op.text("x"), "q\x07", op.text("y"), "h\x07j\x07\0\0\0\x87"), ["y", "x", "x"]);
  assert.deepEqual(read(op.call(op.global("math", "sum"), op.tuple(op.int(2), op.int(3)))), 5);
  assert.deepEqual(read(op.text("id"), "Q"), { id: "id" });
  assert.deepEqual(read("}", op.text("state"), "b"), new Map());
});

test("pickles that follow each other are read one after the other", () => {
  const bytes = Buffer.concat([pickle(op.int(1)), pickle(op.int(2))]);
  const first = unpickle(bytes, 0, world);
  assert.deepEqual([first.value, unpickle(bytes, first.end, world)], [1, { value: 2, end: bytes.length }]);
});

test("keys such as __proto__ are keys", () => {
  const dict = read(
    op.dict(op.text("__proto__"), op.dict(op.text("polluted"), op.int(1)), op.text("constructor"), "N"),
  );
  assert.ok(dict instanceof Map);
  assert.deepEqual([...dict.keys()], ["__proto__", "constructor"]);
  assert.equal("polluted" in {}, false);
});

const refused: [string, (Uint8Array | string)[], RegExp][] = [
  [
    "os.system",
    [op.call(op.global("os", "system"), op.tuple(op.text("true")))],
    /global "os\.system", which is not allowed/,
  ],
  ["a global of the language", [op.global("__proto__", "constructor")], /not allowed/],
  ["an opcode that imports by other means", [op.text("os"), op.text("system"), "\x93"], /opcode 0x93 at byte 20/],
  ["an opcode that makes instances", ["(ios\nsystem\n"], /opcode 0x69/],
  ["a call of a text", [op.call(op.text("system"), ")")], /calls what is no function/],
  ["a call with what are no arguments", [op.call(op.global("math", "sum"), op.int(1))], /calls what is no function/],
  ["protocol 4", ["\x80\x04"], /protocol 4, needed: 2/],
  ["a stack that runs empty", ["R"], /takes more from the stack than it has/],
  ["a tuple that reaches below its mark", [op.int(1), "(", "\x85"], /takes more from the stack/],
  ["a tuple without a mark", ["t"], /no mark/],
  ["items for what is no dict", [op.int(1), op.int(1), op.int(1), "s"], /of no dict/],
  ["items that are no pairs", ["}(", op.int(1), "u"], /no pairs/],
  ["an append to what is no list", ["}", op.int(1), "a"], /no list/],
  ["a memory of nothing", ["q\x01"], /empty stack/],
  ["a recollection of nothing", ["h\x01"], /recalls number 1/],
  ["a key that stands twice", [op.dict(op.text("a"), "N", op.text("a"), "N")], /key "a" twice/],
  ["a key that is a bomb", ["}", ")", "q\0h\0\x86".repeat(40), "q\x01Ns", "h\x01Ns"], /key <object> twice/],
  ["a text longer than the pickle", ["X\xff\xff\xff\xff"], /4294967295 more are needed/],
  ["a text that is no UTF-8", ["X\x01\0\0\0\xff"], /no UTF-8/],
  ["a global that breaks off", ["cos"], /breaks off inside the name/],
  ["a million dicts", ["}".repeat(1e6)], /more than 262144 containers/],
];

for (const [name, parts, message] of refused) {
  test(`${name} is refused`, () => {
    assert.throws(() => read(...parts), { name: "MedembedError", code: "corrupt-checkpoint", message });
  });
}

test("marks and tuples nested without end need no recursion", () => {
  assert.throws(() => read("(".repeat(3e6)), { code: "corrupt-checkpoint" });
  assert.ok(Array.isArray(read("N", "\x85".repeat(2e5))));
});

test("a pickle that is cut anywhere is refused", () => {
  const whole = pickle(op.dict(op.text("a"), op.call(op.global("math", "sum"), op.tuple(op.int(2), op.float(3)))));
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => unpickle(whole.subarray(0, length), 0, world), { code: "corrupt-checkpoint" });
  }
});

test("random opcodes are read or refused", () => {
  const opcodes = fc.constantFrom(...concat("\x80N\x88\x89KMJ\x8aGX()\x85\x86\x87t]ae}suqrhjcQRb.\x93\x94i"));
  fc.assert(
    fc.property(fc.array(fc.oneof({ weight: 4, arbitrary: opcodes }, fc.nat(255)), { maxLength: 60 }), (bytes) => {
      try {
        unpickle(Uint8Array.from(bytes), 0, world);
      } catch (error) {
        assert.ok(error instanceof MedembedError);
      }
    }),
    { numRuns: 2_000 },
  );
});
