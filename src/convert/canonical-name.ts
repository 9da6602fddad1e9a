/** Older names of whole towers and projections. */
const RENAMED_ROOTS: ReadonlyMap<string, string> = new Map([
  ["visual", "image_encoder"],
  ["text", "lang_encoder"],
  ["vision_projection", "image_projection"],
  ["text_projection", "lang_projection"],
]);

/** Older names inside of a block of the image tower. */
const RENAMED_PARTS: ReadonlyMap<string, string> = new Map([
  ["0.cpe.0.proj", "spatial_block.conv1.fn.dw"],
  ["0.attn", "spatial_block.window_attn.fn"],
  ["0.norm1", "spatial_block.window_attn.norm"],
  ["0.cpe.1.proj", "spatial_block.conv2.fn.dw"],
  ["0.mlp", "spatial_block.ffn.fn.net"],
  ["0.norm2", "spatial_block.ffn.norm"],
  ["1.cpe.0.proj", "channel_block.conv1.fn.dw"],
  ["1.attn", "channel_block.channel_attn.fn"],
  ["1.norm1", "channel_block.channel_attn.norm"],
  ["1.cpe.1.proj", "channel_block.conv2.fn.dw"],
  ["1.mlp", "channel_block.ffn.fn.net"],
  ["1.norm2", "channel_block.ffn.norm"],
]);

/** The name that the published model gives to a tensor which wrappers (`module.`) or older code named otherwise. */
export function canonicalName(name: string): string {
  return name
    .replace(/^(?:module\.)+/, "")
    .replace(/^[^.]+/, (root) => RENAMED_ROOTS.get(root) ?? root)
    .replace(/^image_encoder\.conv_embeds\./, "image_encoder.convs.")
    .replace(/^image_encoder\.main_blocks\./, "image_encoder.blocks.")
    .replace(
      /^(image_encoder\.blocks\.\d+\.\d+\.)([01]\.(?:cpe\.[01]\.proj|attn|mlp|norm[12]))(?=\.)/,
      (_, block: string, part: string) => block + RENAMED_PARTS.get(part),
    );
}
