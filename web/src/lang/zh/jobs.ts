import type { In } from "$/lang/parts";

export const jobs: In<"jobs"> = {
  "jobs.title": "任务",
  "jobs.running": "{count} 项进行中",
  "jobs.none": "当前没有进行中的任务。训练、评估和导出会显示在这里。",
  "jobs.state.waiting": "等待中",
  "jobs.state.running": "运行中",
  "jobs.state.done": "完成",
  "jobs.state.failed": "失败",
  "jobs.state.damaged": "文件损坏",
  "jobs.state.cancelled": "已取消",
  "jobs.cancel": "取消",
  "jobs.cancel.label": "取消：{name}",
  "jobs.show": "查看运行",
  "jobs.command": "命令行中的等价命令",
  "jobs.finished": "{name}：已完成",
  "jobs.failed": "{name}：失败",
  "jobs.close": "关闭",
  "jobs.failedUnknown": "进程已结束，没有给出原因。",
};
