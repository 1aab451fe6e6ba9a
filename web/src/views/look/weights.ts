/** Learned parameters of a layer, from the bytes of the ONNX file. */

import { FLOAT, readFile, type OnnxFile } from "$/run/onnx/file";
import type { Step, Tensor } from "$/model/types";

export type Weights = ReadonlyMap<string, Tensor>;

/**
 * Returns the parameters of a layer by their names, as "weight"; at least those of a channel, with
 * zeros in place of the others where a layer is too large to be read whole.
 */
export type ReadWeights = (step: Step, channel?: number) => Weights;

/** Return a reader; the file is taken apart when the first layer is read. */
export function weightsOf(bytes: Uint8Array<ArrayBuffer>): ReadWeights {
  let file: OnnxFile | null = null;
  return (step) => {
    file ??= readFile(bytes);
    const weights = new Map<string, Tensor>();
    for (const [name, stored] of Object.entries(step.parameters)) {
      const tensor = file.tensors.get(stored);
      if (!tensor?.raw || tensor.type !== FLOAT) continue;
      // a copy: floats in the file lie at any byte
      const data = new Float32Array(bytes.slice(tensor.raw.from, tensor.raw.end).buffer);
      weights.set(name, { shape: tensor.dims, data });
    }
    return weights;
  };
}
