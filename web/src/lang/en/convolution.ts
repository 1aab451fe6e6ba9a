/** View "Convolution". */
export const convolution = {
  "convolution.title": "Convolution",
  "convolution.about": "A window that moves over an image, with every number of the sum.",
} as const;
