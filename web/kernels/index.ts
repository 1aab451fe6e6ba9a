// Kernels of training in the tab. Pointers are bytes in the imported memory; batches are
// multiples of 4.

export { product, packRows, packChannels } from "./product";
export { weightGradient, linearGradient, biasGradient } from "./weights";
export { activate, activateBack } from "./activation";
export {
  scale, scaleBack, prelu, preluBack, batchNorm, batchNormFixed, batchNormBack, responseNorm,
  responseNormBack, softmax, softmaxBack, distances, distancesBack, gate, gateBack,
} from "./channel";
export { maxPool, maxPoolBack, avgPool, avgPoolBack } from "./pool";
export {
  interleave, crossEntropy, sgd, adam, adadelta, dropoutMask, multiply, add, copy, zero, move, squares,
} from "./training";
