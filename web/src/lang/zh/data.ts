import type { In } from "$/lang/parts";

export const data: In<"data"> = {
  "data.notImages": "这不是打包的图像文件。应为 convscope export --to web 写出的文件。",
  "data.newerFormat": "图像文件的格式比本页面新。请重新导出网络，或使用新版页面。",
  "data.cutOff": "图像文件不完整或已损坏，请重新下载。",
  "data.badHeader": "图像文件的文件头已损坏（{part}），请重新导出。",
  "data.noSubfolders":
    "该文件夹中没有含图像的子文件夹。每个类别应各占一个子文件夹，例如 cats/ 和 dogs/。",
  "data.oneClass": "只有一个类别：{label}。至少需要两个含图像的子文件夹。",
  "data.tooManyClasses": "共有 {count} 个类别，最多支持 {limit} 个。",
  "data.noneReadable": "{count} 个图像文件均无法读取。支持 PNG、JPEG、WebP、GIF、BMP 和 AVIF。",
  "data.tooFew": "类别 {label} 只有 {count} 张可读取的图像。每类至少需要 2 张，其中 1 张留作验证。",
  "data.tooLarge": "这些图像需要超过 {limit} 的内存。请减少图像数量或缩小图像。",
  "data.notLoaded": "无法加载图像（{reason}）。请刷新页面，或重新启动文件夹的网页服务。",
  "data.noDecompression": "当前浏览器无法解压图像，请使用新版 Chrome、Edge、Firefox 或 Safari。",
};
