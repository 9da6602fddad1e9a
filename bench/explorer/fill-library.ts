import { Embedder } from "../../src/embedder.ts";
import { keyedHash, newIdentityKey } from "../../src/formats/identity-key.ts";
import { Library } from "../../src/library/library.ts";
import type { StoredVector } from "../../src/library/record.ts";
import { identitiesOf, spaceOf } from "../../src/library/vector-space.ts";
import { ClusteredVectors } from "../library/clustered-vectors.ts";

const RECORDS_A_COMMIT = 5_000;
const PATIENTS = 5_000;
/** What the map is coloured by. Values of a field are as uneven as those of a hospital. */
const MODALITIES = ["CT", "CT", "CT", "MR", "MR", "DX", "US"];
const BODY_PARTS = ["CHEST", "HEAD", "ABDOMEN", "KNEE", "SPINE", "PELVIS", "HAND", "NECK", "HEART", "BREAST", "FOOT"];

/** Fills a library with made-up vectors in clusters, in the space of the default model. */
export async function fillLibrary(uri: string, count: number): Promise<void> {
  const embedder = await Embedder.open();
  const head = { ...spaceOf(embedder), identities: identitiesOf(keyedHash(newIdentityKey())) };
  await embedder.close();
  const vectors = new ClusteredVectors(head.dimensions);
  const library = await Library.openOrCreate({ uri }, head);
  try {
    for (let at = 0; at < count; at += RECORDS_A_COMMIT) {
      const group = { length: Math.min(RECORDS_A_COMMIT, count - at) };
      await library.insert(Array.from(group, (_, i) => record(at + i, vectors.next())));
    }
    await library.tidy();
  } finally {
    await library.close();
  }
}

/** Its id is as long as the hash that a real one has: ids are most of what a map is sent with. */
function record(i: number, vector: Float32Array): StoredVector {
  return {
    id: i.toString(16).padStart(64, "0"),
    source: `/study-${i % 997}/series-${i % 13}/image-${i}.dcm`,
    added: new Date(1.7e12 + i).toISOString(),
    precision: "fp32",
    facts: {
      modality: MODALITIES[i % MODALITIES.length],
      bodyPart: BODY_PARTS[i % BODY_PARTS.length],
      patient: `patient ${i % PATIENTS}`,
    },
    labels: { finding: `finding ${i % 20}` },
    vector,
  };
}
