import type { In } from "$/lang/parts";

export const api: In<"api"> = {
  "api.refused": "{reason}",
  "api.noConnection": "工作台没有响应（{error}）。请确认 convscope studio 仍在运行。",
  "api.noAccess": "这个浏览器尚未登录。请打开 convscope studio 启动时显示的链接。",
  "api.notFound": "{path} 不存在，可能已被重命名或删除。",
  "api.tooLarge": "文件超过了工作台允许的大小。",
  "api.busy": "工作台正忙，请稍后再试。",
  "api.status": "工作台返回了状态码 {status}，运行它的终端中有详细信息。",
  "api.notJson": "无法读取工作台的响应（{error}）。请重新载入页面。",
  "api.cancelled": "请求已取消。",
  "api.job.failed": "{reason}",
  "api.job.cancelled": "任务已取消。",
  "api.expected": "应为：{expected}",
  "api.fix": "解决办法：{fix}",
  "api.where": "位置：{where}",
};
