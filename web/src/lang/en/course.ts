/** The course: reader, figures, questions, pages of the site. */
export const course = {
  "course.data.damaged":
    "{file} cannot be read. Reload the page; if that does not help, build the site again.",
  "course.figure.loading": "Loading the figure …",
  "course.figure.unknown": "There is no figure {name}. Check the address.",
  "course.figure.failed": "This figure cannot be shown",
  "course.figure.reset": "Reset",
  "course.figure.presets": "Examples of the figure {title}",
  "course.figure.full": "Full screen",
  "course.figure.full.leave": "Leave full screen",
  "course.figure.embed": "Embed",
} as const;
