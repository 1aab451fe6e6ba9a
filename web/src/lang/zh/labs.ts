import type { In } from "$/lang/parts";

export const labs: In<"labs"> = {
  "labs.window":
    "窗口跨 {window} 个位置，而填充后的输入只有 {size} 个。请增大输入或填充，或减小卷积核、膨胀率。",
  "labs.outputPadding": "输出填充 {value} 不合适：最多为 {most}，要小于步长或膨胀率。",
  "labs.nothing": "输出的尺寸会是 {size}，请减小填充。",
  "labs.groups": "{channels} 个输入通道和 {outputs} 个输出通道不能平分成 {groups} 组。",
  "labs.channels": "卷积核需要 {takes} 个通道，而输入有 {channels} 个，两者应相同。",
  "labs.bias": "{outputs} 个输出通道却有 {count} 个偏置。",
  "labs.tooMany": "这个卷积共有 {count} 个乘积，最多 {most} 个才能逐个显示。",
  "labs.cell": "第 {row} 行，第 {col} 列",
  "labs.surface": "权重画成柱子：{rows} × {cols}，从 {low} 到 {high}",
  "labs.surface.text": "高度和颜色表示权重：从 {low} 到 {high}。拖动可旋转。",
  "labs.turn": "旋转",
};
