/** Grids of many images. */
export const thumbnails = {
  "thumbnails.none": "No images.",
  "thumbnails.count": "{num} {num|image|images}; scroll for more",
} as const;
