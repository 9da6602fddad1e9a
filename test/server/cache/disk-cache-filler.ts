/** Run in a process of its own, which may not write: fills a folder as far as it gets, and prints what came of it. */
import { readdir } from "node:fs/promises";
import { DiskCache } from "../../../src/server/cache/disk-cache.ts";

const faults: string[] = [];
const cache = new DiskCache({ folder: process.argv[2], maxBytes: 2 ** 26, onFault: (_, code) => faults.push(code) });
for (const digit of "0123456789abcdef") cache.write(digit.repeat(64), new Float32Array(1024));
await cache.flush();
const found = await readdir(process.argv[2], { recursive: true, withFileTypes: true });
const files = found.filter((entry) => entry.isFile()).map(({ name }) => name);
console.log(JSON.stringify({ faults, errors: cache.errors, files }));
