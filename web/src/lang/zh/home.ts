import type { In } from "$/lang/parts";

export const home: In<"home"> = {
  "home.title": "首页",
  "home.about": "在本机上搭建、训练和理解卷积网络。",
  "home.start": "从这里开始",
  "home.demo": "训练第一个网络",
  "home.demo.about": "LeNet-5 用大约一分钟学会识别手写数字，过程中可以观察每一层。",
  "home.demo.start": "训练 LeNet-5",
  "home.demo.starting": "正在启动……",
  "home.zoo.about": "从 LeNet-5 到 ConvNeXt 的论文网络：表格、结构图和计算量。",
  "home.zoo.open": "打开模型库",
  "home.filters": "试用滤波器",
  "home.filters.about": "对自己的照片做模糊、锐化和边缘检测，卷积核可以编辑。",
  "home.filters.open": "打开滤波器",
  "home.recent": "最近的运行",
  "home.recent.all": "全部运行",
  "home.views": "全部视图",
  "home.folder": "工作文件夹：{folder}",
};
