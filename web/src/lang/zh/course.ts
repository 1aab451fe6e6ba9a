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
  "course.figure.failed": "无法显示这幅插图",
  "course.figure.reset": "复位",
  "course.figure.presets": "“{title}”的示例",
  "course.figure.full": "全屏",
  "course.figure.full.leave": "退出全屏",
  "course.figure.undock": "把插图放回正文",
  "course.figure.code": "代码",
  "course.figure.embed": "嵌入",

  "course.embed.title": "嵌入这幅插图",
  "course.embed.about":
    "把下面这行代码粘贴到网页、博客或支持 HTML 的幻灯片中，插图会以当前的设置打开。",
  "course.embed.line": "HTML 代码：",
  "course.embed.link": "网址（用于幻灯片里的网页框，或单独打开这幅插图）：",

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

  "course.sheet.open": "本章打印版",
  "course.sheet.print": "打印",
  "course.sheet.answers": "附答案",
  "course.sheet.back": "返回本章",
  "course.sheet.name": "姓名",
  "course.sheet.date": "日期",
  "course.sheet.terms": "术语",
  "course.sheet.answers.title": "参考答案",

  "course.lessons.title": "课程",
  "course.lessons.about": "用 20 章讲清楚卷积神经网络，每个概念都配有可以动手操作的插图。",
  "course.progress": "已打开 {opened} 章，共 {count} 章",
  "course.progress.clear": "清除学习记录",

  "course.front.title": "看得见、摸得着的卷积神经网络",
  "course.front.lead":
    "从像素到 ResNet，一章只讲一件事，每个概念都配有可以动手操作的插图。所有计算都在这个浏览器标签页里完成，训练网络也不例外。",
  "course.front.start": "从第 1 章开始",
  "course.front.continue": "继续学习第 {number} 章：{title}",

  "course.front.train": "现在就训练一个 LeNet-5",
  "course.front.train.about":
    "识别手写数字的网络就在这个标签页里从零学起，只需几秒。学会之后，你也写一个数字让它认认。",
  "course.front.train.how": "了解原理",
  "course.front.private": "无需注册，没有跟踪，不向任何其他网站发送请求；载入之后断网也能用。",
  "course.front.licences": "本页所用软件的许可证",

  "course.teach.link": "教师专区",
  "course.teach.title": "用它来上课",
  "course.teach.lead":
    "任何一幅插图都能放进你自己的幻灯片或网页，每一章都可以打印，无需注册，也无需安装。",
  "course.teach.embed": "嵌入插图",
  "course.teach.embed.about":
    "选好插图和它的初始设置，再把一行 HTML 粘贴到网页、博客或幻灯片里。嵌入之后仍可操作。",
  "course.teach.chapter": "章节",
  "course.teach.figure": "插图",
  "course.teach.preset": "初始设置",
  "course.teach.preset.none": "与正文相同",
  "course.teach.height": "高度（像素）",
  "course.teach.noFigure": "这一章没有插图。",
  "course.teach.sheets": "打印版",
  "course.teach.sheets.about":
    "每章一份：正文、插图、留有作答空间的问题和术语表；需要时可在最后单独附一页答案。",
  "course.teach.class": "课堂建议",
  "course.teach.class.full": "点击插图右上角的图标可以全屏演示，按 Esc 键退出。",
  "course.teach.class.link": "网址里记录了所有插图的设置：复制网址发给学生，他们看到的就和你一样。",
  "course.teach.class.predict": "题目都要求先预测、再看答案。可以先让全班表决，再当场验证。",
  "course.teach.class.offline":
    "载入一次之后，断网也能使用。整个网站就是一个文件夹，可以复制到任何网页服务器或教室的电脑上。",
  "course.teach.class.private":
    "答题记录和学习进度只保存在读者自己的浏览器里，不会发送到任何地方。",
};
