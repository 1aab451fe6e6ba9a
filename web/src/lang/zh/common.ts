import type { In } from "$/lang/parts";

export const common: In<"common"> = {
  "common.loading": "正在加载……",
  "common.failed": "出错了",
  "common.retry": "重试",
  "common.copy": "复制",
  "common.copied": "已复制",
  "common.copy.failed": "浏览器不允许复制，请选中文本后手动复制。",
  "common.command": "命令行",
  "common.command.about": "在命令行中做同样的事：",
  "common.close": "关闭",
  "common.cancel": "取消",
  "common.split": "左侧宽度",
  "common.split.rows": "上方高度",
};
