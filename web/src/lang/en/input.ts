/** Bringing a picture: drawing pad, samples, files, webcam. */
export const input = {
  "input.title": "Input image",
  "input.draw": "Draw",
  "input.samples": "Samples",
  "input.file": "Photo",
  "input.camera": "Webcam",
  "input.padLabel":
    "Drawing area for mouse, finger or pen. With a keyboard, choose a sample instead.",
  "input.padLabelDigit":
    "Drawing area for a digit, with mouse, finger or pen. With a keyboard, choose a sample instead.",
  "input.padHint": "Draw here",
  "input.padHintDigit": "Draw a digit here, 0 to 9",
  "input.undo": "Undo",
  "input.clear": "Clear",
  "input.preview": "The image that the network receives",
  "input.seen": "The network sees this: {width} × {height} pixels",
  "input.sample": "Sample: {label}",
  "input.choose": "Choose an image",
  "input.dropHint": "or drop it on this page, or paste it. JPEG, PNG, WebP, BMP or GIF.",
  "input.private": "The image stays on this device.",
  "input.reading": "Reading {name} …",
  "input.fileProblem": "{name}: {problem}",
  "input.video": "Picture of the webcam",
  "input.startCamera": "Start webcam",
  "input.stopCamera": "Stop webcam",
  "input.freeze": "Freeze",
  "input.resume": "Resume",
  "input.privateCamera": "The pictures stay on this device.",
  "input.cameraDenied":
    "The browser may not use the webcam. Allow it with the camera symbol in the address bar, then start again.",
  "input.noCamera": "No webcam was found. Connect one, then start again.",
  "input.cameraBusy":
    "The webcam cannot be read: another program may be using it. Close that program, then start again.",
  "input.cameraInsecure":
    "Browsers allow the webcam only on pages served over HTTPS or from this computer (localhost).",
  "input.cameraFailed": "The webcam could not be started ({error}).",
  "input.empty": "the file is empty. Choose an image.",
  "input.fileTooLarge": "the file has more than 128 MB. Choose a smaller image.",
  "input.tooLarge":
    "the image has {width} × {height} pixels; at most {most} million are read. Make it smaller first.",
  "input.noImage": "this is not an image. Choose a JPEG, PNG, WebP, BMP or GIF file.",
  "input.otherKind":
    "this is a file of kind {kind}. Choose a JPEG, PNG, WebP, BMP or GIF image, or save it as one.",
  "input.damaged": "the {format} image is damaged or incomplete. Copy or download the file again.",
  "input.noCanvas": "The browser has too little memory to read the image. Close other tabs.",
  "input.reduced": "{width} × {height} pixels: reduced to 1/{divisor} of both sides first.",
  "input.deep":
    "More than 8 bits per channel: the browser reads 8 of them, so the probabilities may differ from Python's.",
  "input.noInk":
    "no digit was found: nothing in the image is much darker or lighter than its surroundings. Take the photo closer, with more light.",
  "input.darkInk": "The dark ink was cut out, scaled and centred, as the images of MNIST were.",
  "input.lightInk": "The light ink was cut out, scaled and centred, as the images of MNIST were.",
  "input.otherInk":
    "{count} {count|shape of ink is|shapes of ink are} in the image; only the largest is used. Crop the image to choose another.",
  "input.invert": "Swap dark and light",
  "input.lightBackground":
    "This image has a light background, and the model was trained on images with a dark one: the answer may be wrong. Try “Swap dark and light”.",
  "input.darkBackground":
    "This image has a dark background, and the model was trained on images with a light one: the answer may be wrong. Try “Swap dark and light”.",
} as const;
