/** Element types that cross the border to the runtime, with the arrays that hold them. */
interface TensorData {
  float32: Float32Array;
  uint8: Uint8Array;
  int64: BigInt64Array;
}

/** A dense row-major array. @property dims sizes, outermost first; their product is `data.length` */
export interface Tensor<T extends keyof TensorData = keyof TensorData> {
  readonly type: T;
  readonly dims: readonly number[];
  readonly data: TensorData[T];
}
