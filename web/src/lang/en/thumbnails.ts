/** Grids of many images. */
export const thumbnails = {
  "thumbnails.none": "No images.",
  "thumbnails.count": "{num} images; scroll for more",
} as const;
