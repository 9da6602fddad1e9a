import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { parseCsv } from "../../bench/tasks/csv.ts";
import { limitPerLabel, PictureSet, parseIndex } from "../../bench/tasks/picture-set.ts";
import { TarFile } from "../../bench/tasks/tar.ts";

const folder = await mkdtemp(join(tmpdir(), "medembed-picture-set-"));
after(() => rm(folder, { recursive: true, force: true }));

/** A ustar archive. */
function makeTar(members: Record<string, Uint8Array>): Buffer {
  const blocks: Buffer[] = [];
  for (const [name, content] of Object.entries(members)) {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(content.length.toString(8).padStart(11, "0"), 124);
    header.write("0", 156);
    header.write("ustar\u000000", 257, "latin1");
    header.fill(" ", 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
    blocks.push(header, Buffer.from(content), Buffer.alloc((512 - (content.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

test("quoted fields hold commas, quotes and line ends", () => {
  assert.deepEqual(parseCsv('a,b\n1,"x, ""y""\nz"\r\n,\n'), [
    { a: "1", b: 'x, "y"\nz' },
    { a: "", b: "" },
  ]);
  assert.throws(() => parseCsv("a,b\n1\n"), /record 1 has 1 fields, the header has 2/);
});

test("what is written as CSV is read back", () => {
  const quote = (field: string) => `"${field.replaceAll('"', '""')}"`;
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), fc.string())), (rows) => {
      const text = ["first,second", ...rows.map((row) => row.map(quote).join(","))].join("\n");
      assert.deepEqual(
        parseCsv(text),
        rows.map(([first, second]) => ({ first, second })),
      );
    }),
  );
});

test("members of a tar archive are read in any order", async () => {
  const path = join(folder, "plain.tar");
  const members = { "a/1.jpg": Buffer.from("one"), "a/2.jpg": Buffer.alloc(512, 2), "a/3.jpg": Buffer.alloc(0) };
  await writeFile(path, makeTar(members));
  const tar = await TarFile.open(path);
  for (const [name, content] of Object.entries(members).reverse()) {
    assert.deepEqual(Buffer.from(await tar.read(name)), content);
  }
  await assert.rejects(tar.read("a/4.jpg"), /has no member/);
  await tar.close();
});

test("a file that is no tar archive, or a cut one, is refused", async () => {
  const path = join(folder, "broken.tar");
  await writeFile(path, Buffer.alloc(2048, "x"));
  await assert.rejects(TarFile.open(path), /check sum/);
  await writeFile(path, makeTar({ "1.jpg": Buffer.alloc(4096) }).subarray(0, 2048));
  await assert.rejects(TarFile.open(path), /claims 4096 bytes/);
});

test("a picture is found by the index and read from its shard", async () => {
  await writeFile(join(folder, "images-00.tar"), makeTar({ "s/1.jpg": Buffer.from("picture") }));
  const header = "file,shard,split,dataset,modality,label,group";
  await writeFile(join(folder, "index.csv"), `${header}\ns/1.jpg,images-00.tar,val,s,CT,"normal",s:1\n`);
  const set = await PictureSet.open(folder);
  assert.deepEqual(set.pictures, [
    { file: "s/1.jpg", shard: "images-00.tar", split: "val", dataset: "s", label: "normal", group: "s:1" },
  ]);
  assert.equal(Buffer.from(await set.read(set.pictures[0])).toString(), "picture");
  await set.close();
  assert.throws(() => parseIndex("file,shard\na,b\n"), /no column "split"/);
});

test("a limit takes the same pictures of each label every time", () => {
  const picture = (label: string, i: number) => ({
    file: `${label}/${i}`,
    shard: "",
    split: "val",
    dataset: "s",
    label,
    group: "",
  });
  const pictures = Array.from({ length: 40 }, (_, i) => picture(i % 4 === 0 ? "rare" : "usual", i));
  const limited = limitPerLabel(pictures, 12);
  assert.equal(limited.filter(({ label }) => label === "rare").length, 10);
  assert.equal(limited.filter(({ label }) => label === "usual").length, 12);
  assert.deepEqual(limitPerLabel(pictures.toReversed(), 12), limited);
});
