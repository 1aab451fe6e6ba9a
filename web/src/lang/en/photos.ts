/** Sample photos. */
export const photos = {
  "photos.samples": "Sample photos",
  "photos.red_panda": "Red panda",
  "photos.clownfish": "Clownfish",
  "photos.parthenon": "Parthenon",
  "photos.kinderdijk": "Windmills",
  "photos.tower_of_pisa": "Tower of Pisa",
  "photos.pufferfish": "Pufferfish",
  "photos.goldfish": "Goldfish",
  "photos.multimeter": "Multimeter",
  "photos.own": "Use a photo of your own; it stays in this tab",
} as const;
