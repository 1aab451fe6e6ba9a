import type { In } from "$/lang/parts";

export const statistics: In<"statistics"> = {
  "statistics.find.dead":
    "{layer} 中 {share}% 的单元对所有图像输出都是 0，不再学习（死亡单元）。可尝试降低学习率、改用 He 初始化或 LeakyReLU。",
  "statistics.find.saturated":
    "{layer} 中 {share}% 的激活已饱和，梯度接近 0。可尝试降低学习率，或在其前加批归一化。",
  "statistics.find.vanishing":
    "梯度消失：{layer} 的梯度不到其他层的千分之一，几乎不学习。可尝试用 ReLU 代替 Sigmoid，或使用批归一化、残差连接。",
  "statistics.find.exploding": "梯度爆炸：{layer} 的梯度超过其权重大小的 100 倍。请降低学习率。",
  "statistics.find.largeSteps": "{layer} 的权重每步变化达其大小的 {share}%。请降低学习率。",
  "statistics.find.diverging": "损失高于随机猜测。学习率过大：可尝试 {rate}。",
  "statistics.find.guessing":
    "损失停在 {loss}，相当于在 {classes} 个类别中随机猜测。可尝试提高学习率、用 ReLU 代替 Sigmoid 或加批归一化。",
  "statistics.find.overfitting":
    "过拟合：训练准确率 {train}%，验证准确率 {heldOut}%。可尝试数据增强、权重衰减、Dropout 或更小的网络。",
  "statistics.find.smallSteps":
    "每一步各层权重的变化都不到其大小的十万分之一，网络几乎没有学习。可尝试提高学习率。",
  "statistics.kernels": "权重（{total} 个卷积核中的 {shown} 个）",
  "statistics.matrix": "权重（{shape}）",
  "statistics.kernelsOf": "{layer} 的权重：蓝色为负，红色为正",
  "statistics.maps": "激活（{total} 个中的 {shown} 个）",
  "statistics.mapsOf": "所选图像在 {layer} 的激活",
  "statistics.spread": "均值 {mean}，标准差 {std}",
  "statistics.zero": "{share} 的单元始终为 0",
  "statistics.activations": "激活",
  "statistics.weights": "权重",
  "statistics.gradients": "梯度",
  "statistics.update": "每步权重的变化为其大小的 {ratio}（通常约 0.001）。",
};
