/** Faults of labelled images. */
export const data = {
  "data.notImages":
    "This is not a file of packed images. Expected: a file written by convscope export --to web.",
  "data.newerFormat":
    "This file of images has a newer format. Export the network again, or use a newer page.",
  "data.cutOff": "The file of images ends too early or is damaged. Download it again.",
  "data.badHeader": "The header of the file of images is damaged ({part}). Export it again.",
  "data.noSubfolders":
    "This folder has no subfolders with images. Expected: one subfolder for each class, such as cats/ and dogs/.",
  "data.oneClass":
    "There is only one class: {label}. Expected: at least two subfolders with images.",
  "data.tooManyClasses": "There are {count} {count|class|classes}. Expected: at most {limit}.",
  "data.noneReadable":
    "None of the {count} {count|image|images} can be read. Expected: PNG, JPEG, WebP, GIF, BMP or AVIF.",
  "data.tooFew":
    "Class {label} has {count} image that can be read. Expected: at least 2, one of them held out.",
  "data.tooLarge":
    "These images need more than {limit} of memory. Use fewer images or smaller ones.",
  "data.notLoaded":
    "The images could not be loaded ({reason}). Reload the page, or serve the folder again.",
  "data.noDecompression":
    "This browser cannot unpack the images. Use a current version of Chrome, Edge, Firefox or Safari.",
} as const;
