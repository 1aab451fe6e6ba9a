import type { In } from "$/lang/parts";

export const page: In<"page"> = {
  "page.title": "浏览器中的 {name}",
  "page.facts": "输入 {input}，{classes} 类，{layers} 层",
  "page.skip": "跳到正文",
  "page.language": "语言",
  "page.theme": "配色",
  "page.theme.system": "自动",
  "page.theme.light": "浅色",
  "page.theme.dark": "深色",
  "page.tabs": "视图",
  "page.tab.look": "查看内部",
  "page.tab.train": "训练",
  "page.tab.space": "三维",
  "page.loading": "正在加载网络",
  "page.loading.view": "正在加载视图",
  "page.starting": "正在启动网络",
  "page.checking": "正在核对计算结果与 PyTorch 是否一致",
  "page.failed": "无法显示这个网络",
  "page.failed.manifest":
    "缺少文件 model/model.json。请重新导出模型，或用 convscope web FOLDER 提供整个文件夹。",
  "page.failed.json":
    "文件 model/model.json 已损坏：{error}。请用 convscope export --to web 重新导出模型。",
  "page.failed.format":
    "文件 model/model.json 的格式为 {given}，本页面读取格式 {expected}。请重新导出模型。",
  "page.failed.file":
    "直接从磁盘打开页面时，浏览器不会读取它旁边的文件。请用 convscope web FOLDER 提供文件夹，或用 --single-file 导出。",
  "page.failed.view": "这个视图无法加载（{error}）。请重新载入页面。",
  "page.reload": "重新载入",
  "page.made": "一切都在本浏览器中运行，图像不会离开它。",
};
