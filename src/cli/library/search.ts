import { readFile } from "node:fs/promises";
import { Embedder } from "../../embedder.ts";
import { MedembedError } from "../../errors.ts";
import { Library } from "../../library/library.ts";
import { requireSpace, spaceOf } from "../../library/vector-space.ts";
import type { Run } from "../flags.ts";
import { modelOptions, text } from "../options.ts";
import { libraryUri, whereFilter } from "./library-options.ts";
import { neighbourTable } from "./neighbour-table.ts";

export const search: Run = async (_, options) => {
  const uri = libraryUri(options);
  const where = whereFilter(options);
  const image = text(options, "image");
  const phrase = text(options, "text");
  if ((image === undefined) === (phrase === undefined)) {
    throw new MedembedError("usage", "give one thing to compare with: --image or --text");
  }
  const library = await Library.open({ uri });
  const embedder = await Embedder.open({ ...modelOptions(options), profile: library.space.profile });
  requireSpace(library.space, spaceOf(embedder));
  const vector =
    image === undefined ? await embedder.embedText(phrase!) : await embedder.embedImage(await readFile(image));
  const matches = await library.search(vector, { where });
  await embedder.close();
  await library.close();
  process.stdout.write(neighbourTable(matches));
  return 0;
};
