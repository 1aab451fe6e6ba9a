import type { In } from "$/lang/parts";

export const course: In<"course"> = {
  "course.title": "看得见、摸得着的卷积神经网络",
  "course.title.of": "{title} · convscope",
  "course.chapters": "目录",
  "course.chapter.number": "第 {number} 章，共 {count} 章",
  "course.chapter.minutes": "约 {minutes} 分钟",
  "course.chapter.answered": "已答 {count} 题",
  "course.chapter.unknown": "没有名为 {name} 的章节。请检查网址，或从目录中选择。",
  "course.chapter.failed": "无法显示这一章",
  "course.previous": "上一章",
  "course.next": "下一章",
  "course.near": "相邻章节",
  "course.sources": "参考文献",
  "course.section.link": "本节链接",
  "course.formula": "公式",
  "course.code": "代码",
  "course.table": "表格",
  "course.erratum": "勘误",
  "course.data.damaged": "无法读取 {file}。请重新载入页面；如果仍然不行，请重新生成网站。",

  "course.figure.loading": "正在载入插图……",
  "course.figure.unknown": "没有名为 {name} 的插图，请检查网址。",
  "course.figure.failed": "无法显示这个插图",
  "course.figure.reset": "复位",
  "course.figure.presets": "“{title}”的示例",
  "course.figure.full": "全屏",
  "course.figure.full.leave": "退出全屏",
  "course.figure.undock": "把插图放回正文",
  "course.figure.code": "代码",
  "course.figure.embed": "嵌入",

  "course.embed.title": "嵌入这个插图",
  "course.embed.about":
    "把下面这行代码粘贴到网页、博客或支持 HTML 的幻灯片中，插图会以当前的设置打开。",
  "course.embed.line": "HTML 代码：",
  "course.embed.link": "网址（用于幻灯片里的网页框，或单独打开这个插图）：",

  "course.question": "先猜一猜",
  "course.question.choices": "选项",
  "course.question.number": "你的答案",
  "course.question.unread": "这不是一个数。请输入数字，例如 42 或 0.5。",
  "course.question.check": "提交",
  "course.question.right": "正确答案",
  "course.question.yours": "你的答案",
  "course.question.itIs": "正确答案：{answer}",
  "course.question.yes": "猜对了！",
  "course.question.no": "不对，原因如下。",
  "course.question.show": "在插图中查看",
  "course.question.again": "重新作答",

  "course.sheet.open": "本章讲义（可打印）",

  "course.front.title": "看得见、摸得着的卷积神经网络",
  "course.front.lead":
    "从像素到 ResNet，一章只讲一件事，每个概念都配有可以动手操作的插图。所有计算都在这个浏览器标签页里完成，训练网络也不例外。",
  "course.front.start": "从第 1 章开始",
  "course.front.continue": "继续学习第 {number} 章：{title}",

  "course.teach.link": "教师专区",
  "course.teach.title": "用它来上课",
};
