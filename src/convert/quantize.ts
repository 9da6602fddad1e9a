/** Symmetric int8 weights, one scale per output, laid out [inputs, outputs] as the runtime multiplies them. */
export interface QuantizedColumns {
  readonly values: Int8Array;
  readonly scales: Float32Array;
}

/**
 * Rounds each output's weights to 127 steps on either side of zero.
 * @param weight float32 [outputs, inputs], as torch stores a linear layer
 */
export function quantizeColumns(weight: Float32Array, inputs: number, outputs: number): QuantizedColumns {
  const values = new Int8Array(weight.length);
  const scales = new Float32Array(outputs);
  for (let output = 0; output < outputs; output++) {
    const row = weight.subarray(output * inputs, (output + 1) * inputs);
    let largest = 0;
    for (const value of row) largest = Math.max(largest, Math.abs(value));
    scales[output] = largest > 0 ? largest / 127 : 1;
    for (let input = 0; input < inputs; input++) {
      values[input * outputs + output] = Math.round(row[input] / scales[output]);
    }
  }
  return { values, scales };
}
