import type { In } from "$/lang/parts";

/** 浏览器内训练、打开和保存失败的原因。 */
export const engine: In<"engine"> = {
  "engine.noSimd":
    "此浏览器不支持训练所需的 WebAssembly SIMD。请使用 Chrome 或 Edge 91、Firefox 89、Safari 16.4 及更新版本。",
  "engine.memory": "训练需要 {megabytes} MB 内存，超出标签页上限。请减小批大小或选用更小的网络。",
  "engine.architecture": "这不是网络结构：缺少 name、input（通道、高、宽）、num_classes 或 block。",
  "engine.block": "{path}：此处缺少带 type 的模块。",
  "engine.layer": "{path}：浏览器内不能训练 {type} 层，请用 Python 训练此网络。",
  "engine.output":
    "网络输出为 {shape}，而类别数为 {classes}。请以 Flatten 和 Linear({classes}) 结尾。",
  "engine.size": "{path}（{type}）：{value} 不是有效尺寸，请填一个数，或高和宽两个数。",
  "engine.number": "{name} = {value} 不是可用的数值。",
  "engine.window": "{path}（{type}）：窗口跨度为 {window}，而输入的高或宽只有 {size}。",
  "engine.shape": "{path}（{type}）：输入为 {shape}，应为 {expected}。",
  "engine.maps": "{path}（{type}）：需要特征图，而输入是长度为 {shape} 的向量。",
  "engine.vector": "{path}（{type}）：需要向量，而输入为 {shape}。请在前面加 Flatten。",
  "engine.groups": "{path}（{type}）：{channels} 个通道与 {groups} 个分组不匹配。",
  "engine.paddingMode": "{path}（{type}）：浏览器内训练只支持零填充，不支持 {mode}。",
  "engine.branches": "{path}（{type}）：各分支的输出形状不一致：{shapes}。",
  "engine.images": "{numbers} 个数值不能整分为每张 {expected} 个数值的图像。",
  "engine.label": "标签 {label} 不在 {classes} 个类别之内。",
  "engine.diverged": "第 {step} 步时损失已不是有限数值。请降低学习率后重新开始。",
  "engine.noStatistics": "统计量来自带细节的训练步，请先执行一步。",
  "engine.missingTensor": "权重中缺少 {name}：它们属于另一个网络。",
  "engine.unexpectedTensor": "权重中的 {name} 不属于此网络。",
  "engine.tensorShape": "{name} 的形状为 {shape}，此网络需要 {expected}。",
  "engine.notFinite": "{name} 含有非有限数值。",
  "engine.resize": "图像尺寸为 {from}，需要缩放到 {to}：浏览器内训练只接受尺寸正确的图像。",
  "engine.preprocessing": "预处理中含有 {type}，浏览器内训练不支持。",
  "engine.prepared": "预处理后的图像为 {shape}，而网络需要 {expected}。",
  "engine.notSafetensors": "这不是完整的 .safetensors 文件。",
  "engine.damagedTensor": "文件中的张量 {name} 已损坏。",
  "engine.tensorType": "张量 {name} 的数值类型为 {type}，这里无法读取。",
  "engine.notModel": "此 .safetensors 文件不是 convscope 模型：文件头缺少网络结构和标签。",
  "engine.worker": "训练已停止：{text}。请重新加载页面。",
  "engine.closed": "此网络已关闭。",
};
