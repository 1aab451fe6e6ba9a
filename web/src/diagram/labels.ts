/** Labels of layers in the language of the page; the data has them in English. */

import { choice } from "$/lang/index.svelte";

/** Parts of a label, between commas. Names such as ReLU and BN are the same in both languages. */
const CHINESE: readonly (readonly [RegExp, string])[] = [
  [/^(\d+×\d+) conv$/, "$1 卷积"],
  [/^(\d+×\d+) partial conv$/, "$1 部分连接卷积"],
  [/^(\d+×\d+) max pool$/, "$1 最大池化"],
  [/^(\d+×\d+) avg pool$/, "$1 平均池化"],
  [/^(\d+×\d+) subsampling$/, "$1 下采样"],
  [/^avg pool to (\d+×\d+)$/, "平均池化至 $1"],
  [/^global avg pool$/, "全局平均池化"],
  [/^global max pool$/, "全局最大池化"],
  [/^depthwise$/, "逐通道"],
  [/^(\d+) groups$/, "$1 组"],
  [/^linear$/, "全连接"],
  [/^zero pad$/, "补零"],
  [/^channel shuffle$/, "通道混洗"],
  [/^channels (.+)$/, "通道 $1"],
  [/^layer scale$/, "层缩放"],
  [/^stochastic depth (.+)$/, "随机深度 $1"],
];

/** Return a layer's label in the language of the page. */
export function layerLabel(label: string): string {
  if (choice.language !== "zh") return label;
  const parts = label.split(", ").map((part) => {
    const rule = CHINESE.find(([pattern]) => pattern.test(part));
    return rule ? part.replace(...rule) : part;
  });
  return parts.join("，");
}

/** [64, 56, 56] -> `64 × 56×56`; a vector is its length. */
export function sizeText(shape: readonly number[]): string {
  return shape.length === 3 ? `${shape[0]} × ${shape[1]}×${shape[2]}` : shape.join("×");
}
