import { exportVectors } from "../../library/export-vectors.ts";
import { importVectors } from "../../library/import-vectors.ts";
import { writerOf } from "../../vector-files/vector-file.ts";
import type { Run } from "../flags.ts";
import { text } from "../options.ts";
import { libraryUri, whereFilter, withLibrary } from "./library-options.ts";

export const exportLibrary: Run = async (_, options) => {
  const where = whereFilter(options);
  const out = text(options, "out");
  writerOf(out); // another ending is refused before anything is opened
  return withLibrary(options, async (library) => {
    const count = await exportVectors(library, out, where);
    console.error(`${count} records`);
    return 0;
  });
};

export const importLibrary: Run = async (paths, options) => {
  const uri = libraryUri(options);
  let stored = 0;
  let failed = 0;
  for (const path of paths) {
    stored += await importVectors({ uri }, path, ({ row, reason }) => {
      failed++;
      console.error(`failed: row ${row} of ${path}: ${reason}`);
    });
  }
  console.error(`${stored} stored, ${failed} failed`);
  return failed > 0 ? 1 : 0;
};
