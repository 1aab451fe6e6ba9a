/** The layers and compositions that the engine trains, by type. */

import * as activation from "$/engine/layers/activation";
import { Conv2d, EuclideanRBF, Linear, PartialConv2d } from "$/engine/layers/convolution";
import { Dropout, StochasticDepth } from "$/engine/layers/dropout";
import { Concat, Gate, Residual } from "$/engine/layers/join";
import { BatchNorm2d, LayerScale, LocalResponseNorm } from "$/engine/layers/normalisation";
import * as pooling from "$/engine/layers/pooling";
import type { Rule } from "$/engine/layers/rule";
import * as shape from "$/engine/layers/shape";

export const LAYERS: Readonly<Record<string, Rule>> = {
  Conv2d,
  PartialConv2d,
  Linear,
  EuclideanRBF,
  MaxPool2d: pooling.MaxPool2d,
  AvgPool2d: pooling.AvgPool2d,
  GlobalMaxPool2d: pooling.GlobalMaxPool2d,
  GlobalAvgPool2d: pooling.GlobalAvgPool2d,
  AdaptiveMaxPool2d: pooling.AdaptiveMaxPool2d,
  AdaptiveAvgPool2d: pooling.AdaptiveAvgPool2d,
  TrainableSubsample2d: pooling.TrainableSubsample2d,
  BatchNorm2d,
  LocalResponseNorm,
  LayerScale,
  ReLU: activation.ReLU,
  ReLU6: activation.ReLU6,
  LeakyReLU: activation.LeakyReLU,
  PReLU: activation.PReLU,
  ELU: activation.ELU,
  GELU: activation.GELU,
  SiLU: activation.SiLU,
  Hardswish: activation.Hardswish,
  Tanh: activation.Tanh,
  ScaledTanh: activation.ScaledTanh,
  Sigmoid: activation.Sigmoid,
  Hardsigmoid: activation.Hardsigmoid,
  Softmax: activation.Softmax,
  Dropout,
  StochasticDepth,
  Flatten: shape.Flatten,
  Identity: shape.Identity,
  ZeroPad2d: shape.ZeroPad2d,
  ZeroPadShortcut: shape.ZeroPadShortcut,
  SelectChannels: shape.SelectChannels,
  ChannelShuffle: shape.ChannelShuffle,
};

/** Parts of a composition, in order, and how values pass through them. */
export interface Composition {
  readonly flow: "sequence" | "branches" | "side";
  /** Fields that hold the parts; otherwise they are in `blocks`. */
  readonly parts?: readonly string[];
  /** Joins the ends of branches. */
  readonly join?: Rule;
}

export const COMPOSITIONS: Readonly<Record<string, Composition>> = {
  Chain: { flow: "sequence" },
  Concat: { flow: "branches", join: Concat },
  Residual: { flow: "branches", parts: ["body", "shortcut"], join: Residual },
  Gate: { flow: "branches", parts: ["body", "gate"], join: Gate },
  AuxiliaryHead: { flow: "side", parts: ["head"] },
};
