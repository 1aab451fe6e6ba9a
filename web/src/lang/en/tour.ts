/** The tour of the studio. */
export const tour = {
  "tour.name": "Two-minute tour",
  "tour.offer": "See what each view is for. You can stop at any time.",
  "tour.start": "Start the tour",
  "tour.dismiss": "No, thanks",
  "tour.position": "{at} of {count}",
  "tour.skip": "Skip",
  "tour.back": "Back",
  "tour.next": "Next",
  "tour.done": "Done",
  "tour.welcome": "Welcome to the studio",
  "tour.welcome.about":
    "Here you build, train and understand convolutional networks. Everything runs on this machine; no image leaves it. Use the buttons or the arrow keys.",
  "tour.zoo":
    "The networks of the papers, from LeNet-5 on. Open one for its layer table beside that of the paper, its diagram and its costs, or compare several.",
  "tour.build":
    "Put a network together from blocks. Shapes, parameters and the receptive field are computed as you change it. If blocks do not fit, the clash is marked and a fix is offered.",
  "tour.data":
    "MNIST is included. Add your own folder of images: it is checked for damaged files, duplicates and doubtful labels.",
  "tour.training":
    "Choose a network, a data set and a recipe. While it trains you see the curves and every layer: activations, gradients and weights. You can pause, change the learning rate, stop and resume.",
  "tour.runs":
    "Every training is a folder of this workspace. Compare curves and recipes, evaluate, write notes, and export to ONNX, PyTorch or a web page.",
  "tour.look":
    "Draw a digit or drop a photo, and see every feature map. Click a map and then a pixel for the exact sum behind it. Edit a kernel and watch the prediction change.",
  "tour.evaluate":
    "Where is the model wrong? Choose cells of the confusion matrix or points of the embedding: the images follow.",
  "tour.labs": "Labs: filters and convolution",
  "tour.labs.about":
    "Move the window over the input and read the sum with all its numbers. The other lab runs classic filters on your own photo.",
  "tour.jobs":
    "Training, evaluation and exports appear here, each with its command line. Training continues when you close this page.",
  "tour.end": "That is all",
  "tour.end.about":
    "This button, or Ctrl+K, finds every view and action, this tour included. A good first step: train LeNet-5 on MNIST.",
} as const;
