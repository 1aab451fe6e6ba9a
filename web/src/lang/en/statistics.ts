/** Figures of the layers of a network that trains, and what they say. */
export const statistics = {
  "statistics.find.dead":
    "{share} % of the units of {layer} are 0 for every image: they do not learn (dead units). Try a smaller learning rate, He initial weights or LeakyReLU.",
  "statistics.find.saturated":
    "{share} % of the activations of {layer} are saturated, where gradients are close to 0. Try a smaller learning rate, or batch normalisation before it.",
  "statistics.find.vanishing":
    "Vanishing gradient: the gradient of {layer} is less than a thousandth of that of other layers, so it hardly learns. Try ReLU in place of sigmoid, batch normalisation or shortcut connections.",
  "statistics.find.exploding":
    "Exploding gradient: the gradient of {layer} is over 100 times as large as its weights. Try a smaller learning rate.",
  "statistics.find.largeSteps":
    "Each step changes the weights of {layer} by {share} % of their size. Try a smaller learning rate.",
  "statistics.find.diverging":
    "The loss is higher than that of guessing. Learning rate too large: try {rate}.",
  "statistics.find.guessing":
    "The loss stays at {loss}, which is guessing among {classes} classes. Try a larger learning rate, ReLU in place of sigmoid, or batch normalisation.",
  "statistics.find.overfitting":
    "Overfitting: {train} % right in training, {heldOut} % of the held-out images. Try augmentation, weight decay, dropout or a smaller network.",
  "statistics.find.smallSteps":
    "One step changes no layer by more than a hundred-thousandth of its weights, so the network hardly learns. Try a larger learning rate.",
  "statistics.kernels": "Weights ({shown} of {total} kernels)",
  "statistics.matrix": "Weights ({shape})",
  "statistics.kernelsOf": "Weights of {layer}: blue below zero, red above",
  "statistics.maps": "Activations ({shown} of {total})",
  "statistics.mapsOf": "Activations of {layer} for the chosen image",
  "statistics.spread": "Mean {mean}, standard deviation {std}",
  "statistics.zero": "{share} of the units are always 0",
  "statistics.activations": "Activations",
  "statistics.weights": "Weights",
  "statistics.gradients": "Gradients",
  "statistics.update": "One step changes the weights by {ratio} of their size (0.001 is usual).",
} as const;
