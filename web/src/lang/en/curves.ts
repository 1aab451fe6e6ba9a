/** Charts of curves that grow. */
export const curves = {
  "curves.showAll": "Show all",
  "curves.keys":
    "Arrow keys read values, + and − zoom, Shift with an arrow key moves, 0 shows all.",
} as const;
