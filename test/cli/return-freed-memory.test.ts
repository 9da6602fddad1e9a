import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

/**
 * In a process of its own: bytes that glibc takes from the system as a block of its own for a block of eight megabytes, after one of
 * sixteen was freed.
 */
function bytesTaken(preparation: string): number {
  const program = `
    import koffi from "koffi";
    import { returnFreedMemory } from "./src/cli/return-freed-memory.ts";
    const libc = koffi.load("libc.so.6");
    const malloc = libc.func("void *malloc(size_t)");
    const free = libc.func("void free(void *)");
    const fields = ["arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"];
    const mallinfo2 = libc.func("mallinfo2", koffi.struct(Object.fromEntries(fields.map((name) => [name, "size_t"]))), []);
    ${preparation}
    free(malloc(16 * 2 ** 20));
    const { hblkhd } = mallinfo2();
    malloc(8 * 2 ** 20);
    console.log(Number(mallinfo2().hblkhd) - Number(hblkhd));
  `;
  const args = ["--import", "./scripts/tsx.mjs", "--input-type=module", "--eval", program];
  return Number(execFileSync(process.execPath, args, { cwd: new URL("../..", import.meta.url), encoding: "utf8" }));
}

test("what is freed goes back to the system", {
  skip: process.platform !== "linux" && "there is no glibc here",
}, () => {
  assert.equal(bytesTaken(""), 0, "by itself glibc keeps what it had");
  assert.ok(bytesTaken("await returnFreedMemory();") >= 8 * 2 ** 20);
});
