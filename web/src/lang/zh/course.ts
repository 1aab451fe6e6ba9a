import type { In } from "$/lang/parts";

export const course: In<"course"> = {
  "course.data.damaged": "无法读取 {file}。请重新载入页面；如果仍然不行，请重新生成网站。",
  "course.figure.loading": "正在载入插图……",
  "course.figure.unknown": "没有名为 {name} 的插图，请检查网址。",
  "course.figure.failed": "无法显示这个插图",
  "course.figure.reset": "复位",
  "course.figure.presets": "“{title}”的示例",
  "course.figure.full": "全屏",
  "course.figure.full.leave": "退出全屏",
  "course.figure.embed": "嵌入",
};
