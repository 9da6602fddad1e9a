/** Writes to a library until it is killed, and prints what is done: `stored ID` or `removed ID`, a line each. Arguments: folder, seed. */
import { Library } from "../../src/library/library.ts";
import { SPACE, storedVector } from "./synthetic.ts";

const [uri, seed] = process.argv.slice(2);
const library = await Library.openOrCreate({ uri }, SPACE);
const idsOf = (turn: number) => Array.from({ length: 5 }, (_, i) => `${seed}.${turn}.${i}`);
const tell = (word: string, ids: readonly string[]) =>
  process.stdout.write(ids.map((id) => `${word} ${id}\n`).join(""));

for (let turn = 0; ; turn++) {
  const ids = idsOf(turn);
  await library.insert([...ids, ...(turn > 0 ? idsOf(turn - 1) : [])].map((id) => storedVector(id)));
  tell("stored", ids);
  if (turn % 4 === 1) await library.put(idsOf(turn - 1).map((id) => storedVector(id, { labels: { seen: "yes" } })));
  if (turn % 5 === 2) {
    const [gone] = idsOf(turn - 1);
    process.stdout.write(`removing ${gone}\n`);
    await library.remove([{ field: "id", operator: "=", values: [gone] }]);
    tell("removed", [gone]);
  }
  if (turn % 6 === 3) await library.compact();
}
