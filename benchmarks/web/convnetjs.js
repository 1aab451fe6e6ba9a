// ConvNetJS's own MNIST network, and LeNet-5 with its layers; the page runs this after convnet.js.

const NETWORKS = {
  // demo/js/mnist.js: digits are cropped to 24 x 24
  mnist: [
    { type: "input", out_sx: 24, out_sy: 24, out_depth: 1 },
    { type: "conv", sx: 5, filters: 8, stride: 1, pad: 2, activation: "relu" },
    { type: "pool", sx: 2, stride: 2 },
    { type: "conv", sx: 5, filters: 16, stride: 1, pad: 2, activation: "relu" },
    { type: "pool", sx: 3, stride: 3 },
    { type: "softmax", num_classes: 10 },
  ],
  lenet5: [
    { type: "input", out_sx: 32, out_sy: 32, out_depth: 1 },
    { type: "conv", sx: 5, filters: 6, stride: 1, pad: 0, activation: "tanh" },
    { type: "pool", sx: 2, stride: 2 },
    { type: "conv", sx: 5, filters: 16, stride: 1, pad: 0, activation: "tanh" },
    { type: "pool", sx: 2, stride: 2 },
    { type: "conv", sx: 5, filters: 120, stride: 1, pad: 0, activation: "tanh" },
    { type: "fc", num_neurons: 84, activation: "tanh" },
    { type: "softmax", num_classes: 10 },
  ],
};

/** Images a second of ConvNetJS's trainer, as its demo sets it. */
window.convnetRate = (name, seconds) => {
  const { Net, Trainer, Vol } = window.convnetjs;
  const layers = NETWORKS[name];
  const net = new Net();
  net.makeLayers(layers);
  const trainer = new Trainer(net, { method: "adadelta", batch_size: 20, l2_decay: 0.001 });
  const side = layers[0].out_sx;
  const images = Array.from({ length: 20 }, () => {
    const image = new Vol(side, side, 1, 0);
    for (let i = 0; i < image.w.length; i++) image.w[i] = Math.random();
    return image;
  });
  for (let i = 0; i < 20; i++) trainer.train(images[i], i % 10);
  const begin = performance.now();
  let count = 0;
  for (; performance.now() - begin < 1000 * seconds; count++) trainer.train(images[count % 20], count % 10);
  return (1000 * count) / (performance.now() - begin);
};
