/** View "Convolution". */
export const convolution = {
  "convolution.title": "Convolution",
  "convolution.about": "A window that moves over an image, with every number of the sum.",
  "convolution.lead":
    "Each output value is a sum of products: the numbers under the window times the numbers of the kernel. Change any number, and choose an output to see its sum.",
  "convolution.stage": "Input, kernel and output",
  "convolution.preset": "Example",
  "convolution.preset.own": "My own settings",
  "convolution.try.own": "Set sizes and numbers as you like; the address of the page keeps them.",
  "convolution.preset.start": "Two kernels, three channels",
  "convolution.preset.lecture": "The lecture's 5 × 5 input",
  "convolution.preset.lecture_padded": "The same with padding",
  "convolution.preset.cs231n_1": "The demo of CS231n",
  "convolution.preset.same": "Padding keeps the size",
  "convolution.preset.stride": "Stride 2",
  "convolution.preset.unread": "A stride that does not divide",
  "convolution.preset.dilated": "Dilation",
  "convolution.preset.pointwise": "1 × 1: channels only",
  "convolution.preset.grouped": "Two groups",
  "convolution.preset.depthwise": "Depthwise",
  "convolution.preset.transposed": "Transposed: from 3 × 3 to 7 × 7",
  "convolution.preset.rotated": "Convolution of a single 1",
  "convolution.try.start":
    "Press Play, or choose an output value. Type into a cell, or drag it up and down.",
  "convolution.try.lecture":
    "The result is 4 3 4 / 2 4 3 / 2 3 4. This kernel is the same when it is rotated by 180 degrees.",
  "convolution.try.lecture_padded":
    "A ring of zeros keeps the size of 5 × 5. The slide of the lecture prints other numbers, which no 3 × 3 kernel gives.",
  "convolution.try.cs231n_1":
    "Two kernels for three channels, stride 2, padding 1: numbers of the well-known animation.",
  "convolution.try.same":
    "With a 3 × 3 kernel a padding of 1 keeps the size. Try a 5 × 5 kernel with padding 2.",
  "convolution.try.stride":
    "The window moves by 2: the output has half the rows and columns. Watch which inputs are shared.",
  "convolution.try.unread":
    "6 − 3 is not a multiple of 2: the last row and column are in no window. Try padding 1.",
  "convolution.try.dilated":
    "A 3 × 3 kernel with gaps spans 5 × 5 inputs, and still has 9 weights.",
  "convolution.try.pointwise":
    "No neighbours are read: each output mixes the four channels of one position.",
  "convolution.try.grouped":
    "Each half of the kernels reads one half of the channels: half the weights.",
  "convolution.try.depthwise": "One kernel for each channel, and no sum over channels.",
  "convolution.try.transposed":
    "Each input value spreads over a window of the output; where windows overlap, values are added.",
  "convolution.try.rotated":
    "True convolution copies the kernel as it is. Switch to correlation: the copy is rotated by 180 degrees.",
  "convolution.preset.lecture_twice": "The lecture's second layer",
  "convolution.try.lecture_twice":
    "The same kernel on the 3 × 3 result leaves a single number, 18.",
  "convolution.more": "More about this convolution",
  "convolution.show.size": "Output size",
  "convolution.show.matrix": "As a matrix",
  "convolution.show.counts": "Parameters",
  "convolution.show.settings": "All settings",
  "convolution.operation": "Operation",
  "convolution.operation.correlation": "Correlation",
  "convolution.operation.convolution": "Convolution",
  "convolution.operation.transposed": "Transposed",
  "convolution.input": "Input size",
  "convolution.channels": "Input channels",
  "convolution.kernels": "Output channels",
  "convolution.kernel": "Kernel size",
  "convolution.stride": "Stride",
  "convolution.padding": "Padding",
  "convolution.dilation": "Dilation",
  "convolution.outputPadding": "Output padding",
  "convolution.groups": "Groups",
  "convolution.random": "New random numbers",
  "convolution.rows": "{name}: rows",
  "convolution.cols": "{name}: columns",
  "convolution.split": "{name}: different for rows and columns",
  "convolution.window": "Move the window",
  "convolution.play": "Play",
  "convolution.pause": "Pause",
  "convolution.back": "Previous output value",
  "convolution.next": "Next output value",
  "convolution.place": "Output value",
  "convolution.step": "{step} of {count}",
  "convolution.map.input": "Input, channel {channel}",
  "convolution.map.kernel": "Kernel {kernel}, channel {channel}",
  "convolution.map.output": "Output, channel {channel}",
  "convolution.bias": "bias",
  "convolution.bias.of": "Bias of output channel {channel}",
  "convolution.bias.last": "The last number of the sum is the bias.",
  "convolution.line": "Channel {channel}",
  "convolution.padded": "({count} {count|product|products} with padding {count|is|are} 0)",
  "convolution.noProducts": "No input value reaches this output.",
  "convolution.sizes": "Output size",
  "convolution.both": "Height and width",
  "convolution.height": "Height",
  "convolution.width": "Width",
  "convolution.symbols":
    "I input, K kernel, P padding on each side, S stride, D dilation; ⌊ ⌋ rounds down.",
  "convolution.left":
    "The stride does not divide evenly: {left} {left|position is|positions are} left at the end. Of these, {unread} {unread|is an input value|are input values} that no window reads.",
  "convolution.between":
    "{count} {count|input value between the windows is|input values between the windows are} not read.",
  "convolution.even": "The stride divides evenly, and every input value is read.",
  "convolution.counts": "Parameters and MACs",
  "convolution.parameters": "Parameters, biases included",
  "convolution.macs": "MACs (multiplications with padding included)",
  "convolution.uses": "Window positions that share each weight",
  "convolution.linear": "Parameters of a linear layer of these sizes",
  "convolution.gradients": "Gradients",
  "convolution.gradients.text":
    "For L = the sum of all outputs. An input value gets the weights of all windows that read it; a weight gets the inputs of all window positions.",
  "convolution.byInput": "∂L/∂x, by the input",
  "convolution.byKernel": "∂L/∂w, by the kernels",
  "convolution.matrix": "As a matrix",
  "convolution.matrix.text":
    "The same result as a matrix of {rows} × {cols} times the input as a vector. {filled} {filled|entry is|entries are} not 0 ({share}), with only {distinct} {distinct|weight: one colour|different weights: one colour each}. The frame marks the row of the chosen output.",
  "convolution.matrix.label": "Matrix of {rows} {rows|row|rows} and {cols} {cols|column|columns}",
  "convolution.matrix.large": "This matrix is too large to draw.",
  "convolution.expected.size": "channels x height x width, at most {channels}x{side}x{side}",
  "convolution.expected.pair": "a whole number from {low} to {high}, or rows x columns as 3x1",
  "convolution.expected.numbers": "{count} {count|number|numbers with commas between them}",
  "convolution.show.operations": "Both operations",
  "convolution.beside.text":
    "Convolution rotates the kernel by 180 degrees before it multiplies; correlation takes it as it is. Networks compute correlations and call them convolutions.",
  "convolution.beside.equal":
    "Both are equal here: this kernel is the same when it is rotated by 180 degrees.",
} as const;
