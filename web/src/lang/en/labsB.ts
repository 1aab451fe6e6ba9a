/** Figures of the course: filters, convolution, connectivity, receptive fields, gradients. */
export const labsB = {
  "labsB.less": "{name}: less",
  "labsB.more": "{name}: more",
  "labsB.gradients.of": "Gradient",
  "labsB.gradients.kernel": "Kernel",
  "labsB.gradients.upstream": "∂L/∂y, channel {channel}",
  "labsB.gradients.text.kernel":
    "{count} window positions use this weight: each adds its input times the gradient of its output. Choose another weight, or change a number of ∂L/∂y.",
  "labsB.gradients.text.input":
    "{count} windows read this input: each adds its weight times the gradient of its output. Inputs in the middle are read most often.",
  "labsB.connectivity.kind": "Layer",
  "labsB.connectivity.kind.convolution": "Convolution",
  "labsB.connectivity.kind.local": "Locally connected",
  "labsB.connectivity.kind.full": "Fully connected",
  "labsB.connectivity.from": "Seen from",
  "labsB.connectivity.from.output": "an output",
  "labsB.connectivity.from.input": "an input",
  "labsB.connectivity.width": "Inputs",
  "labsB.connectivity.says.output": "Output s{unit} reads {count} inputs.",
  "labsB.connectivity.says.input": "Input x{unit} reaches {count} outputs.",
  "labsB.connectivity.connections": "Connections",
  "labsB.connectivity.weights": "Different weights",
  "labsB.field.input": "input",
  "labsB.field.unit": "Unit of the last layer",
  "labsB.field.layers": "Layers, from the input up",
  "labsB.field.remove": "Remove {name}",
  "labsB.field.add": "Add {name}",
  "labsB.field.expected":
    "up to 12 layers as conv3, conv3s2 (stride 2), conv3d2 (dilation 2) or pool2",
  "labsB.field.plane":
    "Receptive field of {side} × {side} pixels; {most} paths lead from its middle to the unit",
  "labsB.field.text":
    "The unit sees {side} × {side} pixels; the stronger the colour, the more paths lead from the pixel to it. Its neighbour's field lies {jump} further.",
  "labsB.field.cost":
    "{side} × {side} field, {factor}·C² = {weights} weights, activations: {convolutions}",
  "labsB.field.channels": "Channels C",
  "labsB.connectivity": "Connections and shared weights",
  "labsB.gradients": "Gradients of a convolution",
  "labsB.field": "Receptive field",
} as const;
