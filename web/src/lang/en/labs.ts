/** What does not fit in a convolution. */
export const labs = {
  "labs.window":
    "The window spans {window} positions, and the padded input has {size}. Use a larger input, more padding, or a smaller kernel or dilation.",
  "labs.outputPadding":
    "An output padding of {value} does not fit. Expected: at most {most}, less than the stride or the dilation.",
  "labs.nothing": "The output would have {size} positions. Use less padding.",
  "labs.groups":
    "{groups} groups do not divide {channels} input {channels|channel|channels} and {outputs} output {outputs|channel|channels}.",
  "labs.channels":
    "The kernels take {takes} {takes|channel|channels}, and the input has {channels}. Expected: the same number.",
  "labs.bias":
    "There {count|is|are} {count} {count|bias|biases} for {outputs} output {outputs|channel|channels}.",
  "labs.tooMany":
    "This convolution has {count} products. Expected: at most {most}, so that each can be shown.",
  "labs.cell": "Row {row}, column {col}",
  "labs.surface": "The weights as columns: {rows} × {cols}, from {low} to {high}",
  "labs.surface.text": "Height and colour are the weight: from {low} to {high}. Drag to turn.",
  "labs.turn": "Turn",
} as const;
