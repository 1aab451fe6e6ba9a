import type { In } from "$/lang/parts";

export const labsB: In<"labsB"> = {
  "labsB.less": "{name}：减小",
  "labsB.more": "{name}：增大",
  "labsB.gradients.of": "求哪个梯度",
  "labsB.gradients.kernel": "卷积核",
  "labsB.gradients.upstream": "∂L/∂y，通道 {channel}",
  "labsB.gradients.text.kernel":
    "这个权重在 {count} 个窗口位置上用到，每个位置贡献“输入 × 该输出的梯度”。换一个权重，或者改一改 ∂L/∂y 里的数。",
  "labsB.gradients.text.input":
    "这个输入落在 {count} 个窗口里，每个窗口贡献“权重 × 该输出的梯度”。越靠中间的输入，被读的次数越多。",
  "labsB.connectivity.kind": "层的类型",
  "labsB.connectivity.kind.convolution": "卷积",
  "labsB.connectivity.kind.local": "局部连接",
  "labsB.connectivity.kind.full": "全连接",
  "labsB.connectivity.from": "从哪一侧看",
  "labsB.connectivity.from.output": "输出单元",
  "labsB.connectivity.from.input": "输入单元",
  "labsB.connectivity.width": "输入个数",
  "labsB.connectivity.says.output": "输出 s{unit} 读取 {count} 个输入。",
  "labsB.connectivity.says.input": "输入 x{unit} 影响 {count} 个输出。",
  "labsB.connectivity.connections": "连接数",
  "labsB.connectivity.weights": "不同的权重",
  "labsB.field.input": "输入",
  "labsB.field.unit": "最后一层的单元",
  "labsB.field.layers": "从输入往上的各层",
  "labsB.field.remove": "去掉 {name}",
  "labsB.field.add": "添加 {name}",
  "labsB.field.expected": "最多 12 层，写法如 conv3、conv3s2（步长 2）、conv3d2（空洞率 2）、pool2",
  "labsB.field.plane": "{side} × {side} 像素的感受野；从正中的像素到这个单元有 {most} 条路径",
  "labsB.field.text":
    "这个单元看得到 {side} × {side} 个像素；颜色越深，从该像素通到它的路径越多。相邻单元的感受野错开 {jump} 个像素。",
  "labsB.field.cost":
    "感受野 {side} × {side}，权重 {factor}·C² = {weights} 个，激活 {convolutions} 次",
  "labsB.field.channels": "通道数 C",
  "labsB.connectivity": "连接与权重共享",
  "labsB.gradients": "卷积的梯度",
  "labsB.field": "感受野",
};
