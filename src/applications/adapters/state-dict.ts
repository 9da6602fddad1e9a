import { MedembedError } from "../../errors.ts";
import type { VectorSpace } from "../../vector-space.ts";
import type { AdapterSettings } from "../heads/adapter-network.ts";
import type { Tensors } from "../heads/head.ts";
import { settingsOf } from "../heads/kinds.ts";
import { Adapter } from "./adapter.ts";

/**
 * An adapter out of the published network's state dict, as PyTorch has trained it. It is not calibrated and has no thresholds.
 * @param labels in the order of the network's outputs @param space of the vectors that it was trained on
 * @throws MedembedError "wrong-checkpoint" for tensors of something else, "corrupt-checkpoint" for some that do not fit each other
 */
export function fromStateDict(tensors: Tensors, labels: readonly string[], space: VectorSpace): Adapter {
  const sizes = {
    width: tensors["vision_embd.0.weight"]?.shape[0],
    hidden: tensors["retrieval_conv.0.weight"]?.shape[0],
  } as Pick<AdapterSettings, "width" | "hidden">;
  if (sizes.width === undefined || sizes.hidden === undefined) {
    throw new MedembedError(
      "wrong-checkpoint",
      "these are not the weights of the published adapter: vision_embd.0.weight or retrieval_conv.0.weight is missing",
    );
  }
  const settings = settingsOf("adapter-network", sizes);
  const card = { labels, space, head: "adapter-network", settings, temperature: 1, operatingPoints: {} } as const;
  return new Adapter(card, tensors);
}

/**
 * The weights of a trained network under the names and in the shapes of the published state dict.
 * @throws MedembedError "invalid-data" for another head
 */
export function toStateDict({ card, tensors }: Adapter): Tensors {
  if (card.head === "adapter-network") return tensors;
  throw new MedembedError(
    "invalid-data",
    `the adapter's head is ${card.head}: only adapter-network has a published state dict; the weights of others are in its folder`,
  );
}
