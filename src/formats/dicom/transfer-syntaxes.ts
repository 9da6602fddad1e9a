/** How a file's pixels are packed; "native" is plain. */
export type Packing = "native" | "rle" | "jpeg" | "jpeg-ls" | "jpeg-2000" | "htj2k";

export interface TransferSyntax {
  readonly name: string;
  readonly packing: Packing;
  readonly isImplicit?: true;
  readonly isBigEndian?: true;
  readonly isDeflated?: true;
}

/** PS3.5 section 10 and annex A. */
export const TRANSFER_SYNTAXES: Readonly<Record<string, TransferSyntax>> = {
  "1.2.840.10008.1.2": { name: "Implicit VR Little Endian", packing: "native", isImplicit: true },
  "1.2.840.10008.1.2.1": { name: "Explicit VR Little Endian", packing: "native" },
  "1.2.840.10008.1.2.1.99": { name: "Deflated Explicit VR Little Endian", packing: "native", isDeflated: true },
  "1.2.840.10008.1.2.2": { name: "Explicit VR Big Endian", packing: "native", isBigEndian: true },
  "1.2.840.10008.1.2.4.50": { name: "JPEG Baseline", packing: "jpeg" },
  "1.2.840.10008.1.2.4.51": { name: "JPEG Extended", packing: "jpeg" },
  "1.2.840.10008.1.2.4.57": { name: "JPEG Lossless", packing: "jpeg" },
  "1.2.840.10008.1.2.4.70": { name: "JPEG Lossless, First-Order Prediction", packing: "jpeg" },
  "1.2.840.10008.1.2.4.80": { name: "JPEG-LS Lossless", packing: "jpeg-ls" },
  "1.2.840.10008.1.2.4.81": { name: "JPEG-LS Near-Lossless", packing: "jpeg-ls" },
  "1.2.840.10008.1.2.4.90": { name: "JPEG 2000 Lossless Only", packing: "jpeg-2000" },
  "1.2.840.10008.1.2.4.91": { name: "JPEG 2000", packing: "jpeg-2000" },
  "1.2.840.10008.1.2.4.201": { name: "High-Throughput JPEG 2000 Lossless Only", packing: "htj2k" },
  "1.2.840.10008.1.2.4.202": { name: "High-Throughput JPEG 2000 with RPCL, Lossless Only", packing: "htj2k" },
  "1.2.840.10008.1.2.4.203": { name: "High-Throughput JPEG 2000", packing: "htj2k" },
  "1.2.840.10008.1.2.5": { name: "RLE Lossless", packing: "rle" },
};
