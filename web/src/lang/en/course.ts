/** The course: reader, figures, questions, pages of the site. */
export const course = {
  "course.title": "Convolutional networks, one figure at a time",
  "course.title.of": "{title} · convscope",
  "course.chapters": "Chapters",
  "course.chapter.number": "Chapter {number} of {count}",
  "course.chapter.minutes": "{minutes} min",
  "course.chapter.answered": "answered: {count}",
  "course.chapter.unknown":
    "There is no chapter {name}. Check the address, or choose a chapter from the list.",
  "course.chapter.failed": "This chapter cannot be shown",
  "course.previous": "Previous",
  "course.next": "Next",
  "course.near": "Chapters before and after",
  "course.sources": "Sources",
  "course.section.link": "Link to this section",
  "course.formula": "Formula",
  "course.code": "Code",
  "course.table": "Table",
  "course.erratum": "Correction",
  "course.data.damaged":
    "{file} cannot be read. Reload the page; if that does not help, build the site again.",

  "course.figure.loading": "Loading the figure …",
  "course.figure.unknown": "There is no figure {name}. Check the address.",
  "course.figure.failed": "This figure cannot be shown",
  "course.figure.reset": "Reset",
  "course.figure.presets": "Examples of the figure {title}",
  "course.figure.full": "Full screen",
  "course.figure.full.leave": "Leave full screen",
  "course.figure.undock": "Put the figure back into the text",
  "course.figure.code": "Code",
  "course.figure.embed": "Embed",

  "course.embed.title": "Embed this figure",
  "course.embed.about":
    "Paste the line into a page, a blog or slides that accept HTML. The figure starts with the settings that it has now.",
  "course.embed.line": "HTML:",
  "course.embed.link": "Address, for slides with a web frame or to open the figure alone:",

  "course.question": "Predict first",
  "course.question.choices": "Answers",
  "course.question.number": "Your answer",
  "course.question.unread": "This is not a number. Expected: digits, as 42 or 0.5.",
  "course.question.check": "Check",
  "course.question.right": "correct",
  "course.question.yours": "your answer",
  "course.question.itIs": "correct: {answer}",
  "course.question.yes": "Your prediction is correct.",
  "course.question.no": "Not quite. Here is why.",
  "course.question.show": "Show it in the figure",
  "course.question.again": "Answer again",

  "course.sheet.open": "Sheet of this chapter for printing",
  "course.sheet.print": "Print",
  "course.sheet.answers": "with answers",
  "course.sheet.back": "Back to the chapter",
  "course.sheet.name": "Name",
  "course.sheet.date": "Date",
  "course.sheet.terms": "Terms",
  "course.sheet.answers.title": "Answers",

  "course.lessons.title": "Lessons",
  "course.lessons.about":
    "Convolutional networks in 20 chapters: every idea is a figure that you can touch.",
  "course.progress": "opened: {opened} of {count} chapters",
  "course.progress.clear": "Forget my progress",

  "course.front.title": "Convolutional networks, one figure at a time",
  "course.front.lead":
    "From pixels to ResNet in short chapters. Every idea is a figure that you can touch; everything is computed in this browser tab, training included.",
  "course.front.start": "Start with chapter 1",
  "course.front.continue": "Continue with chapter {number}: {title}",

  "course.front.train": "Train LeNet-5, now",
  "course.front.train.about":
    "A network for handwritten digits learns in this tab, from nothing, in a few seconds. Then draw a digit.",
  "course.front.train.how": "How it works",
  "course.front.private":
    "No account, no tracking, no request to any other site. Works offline once loaded.",
  "course.front.licences": "Licences of the software in this page",
  "course.front.notice": "Data, weights and photos of this page",
  "course.front.documentation": "Documentation of convscope",

  "course.teach.link": "For teachers",
  "course.teach.title": "Teach with it",
  "course.teach.lead":
    "Every figure can stand in your own slides or page, every chapter can be printed, and nothing needs an account or an installation.",
  "course.teach.embed": "Embed a figure",
  "course.teach.embed.about":
    "Choose a figure and how it starts, then paste one line of HTML into a page, a blog or slides. The figure stays live.",
  "course.teach.chapter": "Chapter",
  "course.teach.figure": "Figure",
  "course.teach.preset": "Starts with",
  "course.teach.preset.none": "Settings of the chapter",
  "course.teach.height": "Height in pixels",
  "course.teach.noFigure": "This chapter has no figure.",
  "course.teach.sheets": "Sheets for printing",
  "course.teach.sheets.about":
    "One sheet per chapter: text, figures, questions with room for answers and a list of terms; the answers are on a page of their own if you want them.",
  "course.teach.class": "In class",
  "course.teach.class.full":
    "The symbol in the corner of a figure shows it on the full screen; Escape returns.",
  "course.teach.class.link":
    "The address of the page holds the settings of every figure: copy it to hand out exactly what you see.",
  "course.teach.class.predict":
    "Questions ask for a prediction before they show the answer. Let the class vote, then check.",
  "course.teach.class.offline":
    "Once loaded, the site works without a connection. It can also be copied to any web server or classroom computer: it is a folder of files.",
  "course.teach.class.private":
    "Answers and progress stay in the browser of each reader; nothing is sent anywhere.",
} as const;
