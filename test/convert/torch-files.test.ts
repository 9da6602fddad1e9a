import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { float32s, op, pickle, readBytes, readOrRefuse, torchLegacy, torchZip, u64, zip } from "./forge.ts";

const data = float32s(0, 1, 2, 3, 4, 5);
const storage = op.storage("0", 6);
const matrix = op.tensor(storage, 0, [2, 3], [3, 1]);
const stateDict = pickle(op.dict(op.text("w"), matrix));
const w = { w: { dtype: "float32", shape: [2, 3], values: [0, 1, 2, 3, 4, 5] } };

/** The two containers with the same pickle and the same storage. */
const containers = [
  { name: "torch zip", write: (object: Buffer) => torchZip(object, { 0: data }) },
  {
    name: "legacy stream",
    write: (object: Buffer) =>
      torchLegacy(object, object.includes("Storage") ? ["0"] : [], Buffer.concat([u64(6), data])),
  },
];

const read: [string, Buffer][] = [
  ["a plain dict", stateDict],
  [
    "an OrderedDict with metadata",
    pickle(op.call(op.global("collections", "OrderedDict"), ")"), "(", op.text("w"), matrix, "u", op.dict(), "b"),
  ],
  [
    "a dict under model and module",
    pickle(
      op.dict(op.text("model"), op.dict(op.text("module"), op.dict(op.text("w"), matrix)), op.text("epoch"), op.int(7)),
    ),
  ],
];

const wrong: [string, Buffer, RegExp][] = [
  ["a pickled number", pickle(op.int(1)), /no dict/],
  [
    "a state dict with a number in it",
    pickle(op.dict(op.text("w"), matrix, op.text("epoch"), op.int(1))),
    /"epoch" is no tensor/,
  ],
  ["a state dict with a nameless tensor", pickle(op.dict(op.int(1), matrix)), /<number> is no tensor with a name/],
  [
    "two state dicts",
    pickle(op.dict(op.text("model"), op.dict(op.text("w"), matrix), op.text("module"), op.dict())),
    /model, module/,
  ],
  ["a dict that holds itself", pickle("}", "q\0", op.text("model"), "h\0", "s"), /one state dict/],
];

const tensors: [string, Buffer, RegExp][] = [
  [
    "a view beyond the storage",
    op.tensor(storage, 1, [2, 3], [3, 1]),
    /6 elements up to number 7 of its storage, which has 6/,
  ],
  ["strides beyond the storage", op.tensor(storage, 0, [2, 3], [4, 1]), /up to number 7/],
  ["a view that repeats elements", op.tensor(storage, 0, [1000, 1000], [0, 0]), /takes 1000000 elements/],
  ["a negative size", op.tensor(storage, 0, [-2, -3], [3, 1]), /no whole numbers/],
  ["a negative stride", op.tensor(storage, 5, [6], [-1]), /no whole numbers/],
  ["a negative offset", op.tensor(storage, -1, [6], [1]), /no whole numbers/],
  ["too few strides", op.tensor(storage, 0, [2, 3], [1]), /2 sizes, but 1 strides/],
  ["sizes whose product overflows", op.tensor(storage, 0, Array(8).fill(2 ** 30), Array(8).fill(0)), /below 2\^53/],
  ["more axes than a tensor has", op.tensor(storage, 0, Array(100).fill(1), Array(100).fill(1)), /100 axes/],
  ["a tensor of no storage", op.tensor(op.text("0"), 0, [1], [1]), /no storage/],
  ["a parameter of no tensor", op.call(op.global("torch._utils", "_rebuild_parameter"), op.tuple("N")), /no tensor/],
  ["an OrderedDict with arguments", op.call(op.global("collections", "OrderedDict"), op.tuple("]")), /1 arguments/],
  ["a storage of another count than stored", op.tensor(op.storage("0", 7), 0, [1], [1]), /7/],
  ["a storage that is not in the file", op.tensor(op.storage("../0", 6), 0, [1], [1]), /storage/],
  [
    "a storage of two types",
    Buffer.concat([op.tuple(storage, op.storage("0", 3, "DoubleStorage"))]),
    /6 float32 in one place and 3 float64/,
  ],
  ["a persistent id that is no storage", Buffer.concat([op.text("0"), Buffer.from("Q")]), /no storage with class/],
  ["os.system", op.call(op.global("os", "system"), op.tuple(op.text("true"))), /"os\.system", which is not allowed/],
  ["a class of torch that is no storage", Buffer.from(op.global("torch", "load")), /"torch\.load"/],
];

for (const { name: container, write } of containers) {
  for (const [name, object] of read) {
    test(`${container}: ${name} is read`, async () => assert.deepEqual(await readBytes(write(object)), w));
  }
  for (const [name, object, message] of wrong) {
    test(`${container}: ${name} is no state dict`, () =>
      assert.rejects(readBytes(write(object)), { code: "wrong-checkpoint", message }));
  }
  for (const [name, tensor, message] of tensors) {
    test(`${container}: ${name} is refused`, () => {
      const object = pickle(op.dict(op.text("a"), matrix, op.text("w"), tensor));
      return assert.rejects(readBytes(write(object)), { code: "corrupt-checkpoint", message });
    });
  }
  test(`${container}: any view of the storage is read or refused`, async () => {
    const sizes = fc.array(fc.integer({ min: -1, max: 4 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -1, max: 7 }), sizes, sizes, (offset, shape, strides) =>
        readOrRefuse(write(pickle(op.dict(op.text("w"), op.tensor(storage, offset, shape, strides))))),
      ),
      { numRuns: 60 },
    );
  });
}

test("an axis of length 1 may have any stride, an empty tensor any strides", async () => {
  const object = pickle(
    op.dict(
      op.text("one"),
      op.tensor(storage, 4, [2, 1], [1, 999]),
      op.text("none"),
      op.tensor(storage, 6, [0, 3], [3, 1]),
    ),
  );
  const { one, none } = await readBytes(torchZip(object, { 0: data }));
  assert.deepEqual([one.values, none.values], [[4, 5], []]);
});

const pickleItem = { name: "x/data.pkl", data: stateDict };
const dataItem = { name: "x/data/0", data };

test("a zip64 directory is read", async () => {
  assert.deepEqual(
    await readBytes(
      zip([
        { ...pickleItem, isZip64: true },
        { ...dataItem, isZip64: true },
      ]),
    ),
    w,
  );
});

test("the entries of newer torch are accepted", async () => {
  const extras = { byteorder: "little", ".format_version": "1", ".storage_alignment": "64", version: "3\n" };
  const items = Object.entries(extras).map(([name, text]) => ({ name: `x/${name}`, data: Buffer.from(text) }));
  assert.deepEqual(await readBytes(zip([pickleItem, dataItem, ...items])), w);
});

const refusedZips: [string, Buffer, RegExp][] = [
  ["a compressed entry", zip([{ ...pickleItem, method: 8 }, dataItem]), /"x\/data\.pkl" is compressed/],
  ["an entry that stands twice", zip([pickleItem, dataItem, dataItem]), /"x\/data\/0" twice/],
  ["no pickle", zip([dataItem]), /0 entries <name>\/data\.pkl/],
  ["two pickles", zip([pickleItem, dataItem, { ...pickleItem, name: "y/data.pkl" }]), /2 entries/],
  [
    "an entry that claims more than the file has",
    zip([pickleItem, { ...dataItem, claimedSize: 1e9 }]),
    /cannot be read: .*overflows file bounds/,
  ],
  [
    "a zip64 entry that claims more than a double holds",
    zip([pickleItem, { ...dataItem, isZip64: true, claimedSize: 2 ** 60 }]),
    /cannot be read/,
  ],
  ["a missing storage", zip([pickleItem]), /no entry for storage "0"/],
  [
    "a storage that is too short",
    zip([pickleItem, { ...dataItem, data: data.subarray(4) }]),
    /20 bytes, 6 float32 need 24/,
  ],
  ["a pickle of megabytes", zip([{ name: "x/data.pkl", data: Buffer.alloc(5e6) }]), /at most 4194304/],
  [
    "a big-endian file",
    zip([pickleItem, dataItem, { name: "x/byteorder", data: Buffer.from("big") }]),
    /byte order "big"/,
  ],
  ["a zip without a directory", zip([pickleItem, dataItem]).subarray(0, -30), /cannot be read/],
];

for (const [name, bytes, message] of refusedZips) {
  test(`torch zip: ${name} is refused`, () =>
    assert.rejects(readBytes(bytes), { code: "corrupt-checkpoint", message }));
}

const counted = Buffer.concat([u64(6), data]);
const stream = torchLegacy(stateDict, ["0"], counted);
const otherProtocol = Buffer.concat([stream.subarray(0, 15), pickle(op.int(1002)), stream.subarray(21)]);
const view = pickle(op.dict(op.text("w"), op.tensor(op.storage("0", 6, "FloatStorage", "K\x01"), 0, [6], [1])));

const refusedStreams: [string, Buffer, RegExp][] = [
  ["a big-endian machine", torchLegacy(stateDict, ["0"], counted, "\x89"), /little-endian/],
  ["another protocol", otherProtocol, /no protocol 1001/],
  ["a storage listed twice", torchLegacy(stateDict, ["0", "0"], counted), /"0" twice/],
  ["a storage that no tensor uses", torchLegacy(stateDict, ["1"], counted), /"1" twice, or no tensor uses it/],
  ["a storage that is not listed", torchLegacy(stateDict, [], counted), /lists 0 storages, the tensors use 1/],
  [
    "a count that the pickle contradicts",
    torchLegacy(stateDict, ["0"], Buffer.concat([u64(2n ** 63n), data])),
    /-9223372036854775808 elements, the pickle says 6/,
  ],
  ["a storage that breaks off", torchLegacy(stateDict, ["0"], counted.subarray(0, -1)), /ends at byte/],
  ["a view of a storage", torchLegacy(view, ["0"], counted), /no storage with class/],
];

for (const [name, bytes, message] of refusedStreams) {
  test(`legacy stream: ${name} is refused`, () =>
    assert.rejects(readBytes(bytes), { code: "corrupt-checkpoint", message }));
}
