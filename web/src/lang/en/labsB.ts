/** Figures of the course: filters, convolution, connectivity, receptive fields, gradients. */
export const labsB = {
  "labsB.less": "{name}: less",
  "labsB.more": "{name}: more",
} as const;
