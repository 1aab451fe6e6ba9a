import type { In } from "$/lang/parts";

export const run: In<"run"> = {
  "run.download": "正在加载模型：{part}",
  "run.start": "正在启动 ONNX Runtime……",
  "run.engine": "{name}",
  "run.engineThreads": "{name}，{threads} 个线程",
  "run.noWebAssembly":
    "此浏览器不支持 WebAssembly，或已将其关闭。请使用新版 Chrome、Edge、Firefox 或 Safari。",
  "run.noSimd":
    "此浏览器的 WebAssembly 不支持 ONNX Runtime 所需的 SIMD 指令。请更新浏览器：Chrome 和 Edge 91、Firefox 89、Safari 16.4 及以上版本均支持。",
  "run.oldBrowser":
    "浏览器版本过旧，无法使用本页面。请使用 Chrome 或 Edge 92、Firefox 114、Safari 16.4 及以上版本。",
  "run.noConnection":
    "无法加载 {file}：连接失败（{error}）。请确认服务器正在运行，然后重新加载页面。",
  "run.noFile": "服务器上缺少 {file}。请复制完整的导出文件夹，然后重新加载页面。",
  "run.truncated":
    "{file} 不完整：下载中断，或服务器上的文件本身不完整。请重新加载页面；若仍有问题，请重新复制导出文件夹。",
  "run.otherModel": "{file} 不是与本页面一同导出的文件：SHA-256 不一致。请重新导出模型。",
  "run.damaged": "模型文件已损坏，无法读取。请重新复制该文件，或重新导出模型。",
  "run.noGolden": "model.json 中没有有效的测试输入和输出。请重新导出模型。",
  "run.golden":
    "对于测试输入，{engine} 计算出的概率与导出时 PyTorch 的结果不一致。由于预测结果会出错，因此不使用它。",
  "run.noRuntime":
    "浏览器无法启动 ONNX Runtime：WebAssembly 文件已损坏或被拦截。请重新加载页面；若仍有问题，请重新复制导出文件夹。",
  "run.timeout": "ONNX Runtime 未能在 30 秒内启动。请重新加载页面。",
  "run.memory": "内存不足，无法运行此模型（{error}）。请关闭其他标签页，然后重新加载页面。",
  "run.refused": "ONNX Runtime 报告错误：{error}",
  "run.workerFailed": "运行模型的 Worker 已停止：{error}。请重新加载页面。",
  "run.closed": "模型已关闭。",
  "run.noWebGpu": "浏览器没有找到可用于 WebGPU 的图形处理器，将使用 WebAssembly。",
  "run.noParameter": "模型文件中没有名为 {name} 的 32 位浮点参数。",
  "run.parameterSize": "为 {name} 提供了 {count} 个值，但它有 {expected} 个。",
  "run.noPlace": "{name} 有 {count} 个数，从 0 开始编号；没有第 {place} 个。",
  "run.notFinite": "{name} 的值包含 NaN 或无穷大。请输入有限的数值。",
  "run.noLayer": "模型文件中没有名为 {name} 的层。",
  "run.noChannel": "{name} 有 {count} 个通道，编号从 0 开始；不存在通道 {channel}。",
  "run.unexpected": "发生意外错误：{error}。请重新加载页面。",
};
