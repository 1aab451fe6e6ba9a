/** The rules of all layers and compositions. A new one is a line here. */

import * as activation from "$/explain/layers/activation";
import * as convolution from "$/explain/layers/convolution";
import * as join from "$/explain/layers/join";
import * as linear from "$/explain/layers/linear";
import * as moving from "$/explain/layers/moving";
import * as normalisation from "$/explain/layers/normalisation";
import * as pooling from "$/explain/layers/pooling";
import * as preprocessing from "$/explain/layers/preprocessing";
import * as resampling from "$/explain/layers/resampling";
import { convTranspose2d } from "$/explain/layers/transposed";
import { mapsOf } from "$/explain/shape";
import type { Layer, Rule } from "$/explain/types";
import { text } from "$/lang/index.svelte";
import type { Step } from "$/model/types";

export const RULES: Readonly<Record<string, Rule>> = {
  Conv2d: convolution.conv2d,
  PartialConv2d: convolution.partialConv2d,
  LocallyConnected2d: convolution.locallyConnected2d,
  ConvTranspose2d: convTranspose2d,
  MaxPool2d: pooling.maxPool2d,
  AvgPool2d: pooling.avgPool2d,
  GlobalAvgPool2d: pooling.globalAvgPool2d,
  GlobalMaxPool2d: pooling.globalMaxPool2d,
  AdaptiveAvgPool2d: pooling.adaptiveAvgPool2d,
  AdaptiveMaxPool2d: pooling.adaptiveMaxPool2d,
  TrainableSubsample2d: pooling.trainableSubsample2d,
  BatchNorm2d: normalisation.batchNorm2d,
  LocalResponseNorm: normalisation.localResponseNorm,
  LayerNorm2d: normalisation.layerNorm2d,
  GroupNorm: normalisation.groupNorm,
  InstanceNorm2d: normalisation.instanceNorm2d,
  GlobalResponseNorm: normalisation.globalResponseNorm,
  LayerScale: normalisation.layerScale,
  ReLU: activation.relu,
  ReLU6: activation.relu6,
  LeakyReLU: activation.leakyReLU,
  PReLU: activation.preLU,
  ELU: activation.elu,
  GELU: activation.gelu,
  SiLU: activation.silu,
  Hardswish: activation.hardswish,
  Tanh: activation.tanh,
  ScaledTanh: activation.scaledTanh,
  Sigmoid: activation.sigmoidRule,
  Hardsigmoid: activation.hardsigmoid,
  Softmax: activation.softmax,
  Linear: linear.linear,
  EuclideanRBF: linear.euclideanRBF,
  Flatten: moving.flatten,
  SelectChannels: moving.selectChannels,
  ChannelShuffle: moving.channelShuffle,
  Upsample: resampling.upsample,
  PixelShuffle: moving.pixelShuffle,
  PixelUnshuffle: moving.pixelUnshuffle,
  Dropout: moving.identity,
  StochasticDepth: moving.identity,
  Normalize: preprocessing.normalize,
  Resize: resampling.resize,
  ReverseChannels: moving.reverseChannels,
  CenterCrop: moving.centerCrop,
  GlobalContrastNorm: preprocessing.globalContrastNorm,
  ZcaWhiten: preprocessing.zcaWhiten,
  ZeroPad2d: moving.zeroPad2d,
  ZeroPadShortcut: moving.zeroPadShortcut,
  Identity: moving.identity,
  Concat: join.concat,
  Residual: join.residual,
  Gate: join.gate,
};

/** Return the rule of a type of layer. Throws a sentence for a type without one. */
export function ruleOf(type: string): Rule {
  const rule = Object.hasOwn(RULES, type) ? RULES[type] : undefined;
  if (rule === undefined) throw new Error(text("explain.noRule", { type }));
  return rule;
}

/** Return the layer of a step, from the shapes of its inputs. */
export function layerOf(step: Step, inputs: readonly (readonly number[])[]): Layer {
  return { settings: step.settings, inputs: inputs.map(mapsOf), output: mapsOf(step.shape) };
}
