// Fashion-MNIST in ConvNetJS 0.3.0: the same network, image by image, in Node.
//
//   node convnetjs.cjs FOLDER BATCH IMAGES
//
// Its own demo's trainer (Adadelta). Prints one JSON line after IMAGES training images.
const fs = require('fs');
const path = require('path');
const convnetjs = require('convnetjs');

const [folder, batch, limit] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];

function npy(name) {
  const bytes = fs.readFileSync(path.join(folder, name));
  return bytes.subarray(10 + bytes.readUInt16LE(8)); // after the header of a version 1 file
}

function volume(pixels, index) {
  const vol = new convnetjs.Vol(28, 28, 1, 0.0);
  for (let i = 0; i < 784; i++) vol.w[i] = pixels[index * 784 + i] / 255;
  return vol;
}

const net = new convnetjs.Net();
net.makeLayers([
  { type: 'input', out_sx: 28, out_sy: 28, out_depth: 1 },
  { type: 'conv', sx: 3, filters: 32, stride: 1, pad: 0, activation: 'relu' },
  { type: 'pool', sx: 2, stride: 2 },
  { type: 'conv', sx: 3, filters: 64, stride: 1, pad: 0, activation: 'relu' },
  { type: 'pool', sx: 2, stride: 2, drop_prob: 0.5 },
  { type: 'softmax', num_classes: 10 },
]);
const trainer = new convnetjs.Trainer(net, { method: 'adadelta', batch_size: batch, l2_decay: 0 });

const images = npy('train_images.npy');
const labels = npy('train_labels.npy');
const order = new Uint32Array(60000).map((_, i) => i);
let state = 1;
for (let i = order.length - 1; i > 0; i--) {
  state = (state * 1103515245 + 12345) % 2147483648;
  const j = state % (i + 1);
  [order[i], order[j]] = [order[j], order[i]];
}

const begin = process.hrtime.bigint();
for (let i = 0; i < limit; i++) {
  const chosen = order[i % order.length];
  trainer.train(volume(images, chosen), labels[chosen]);
}
const seconds = Number(process.hrtime.bigint() - begin) / 1e9;

const testImages = npy('test_images.npy');
const testLabels = npy('test_labels.npy');
const shown = 1000; // enough for two digits; its forward pass is slow too
let correct = 0;
for (let i = 0; i < shown; i++) {
  net.forward(volume(testImages, i));
  if (net.getPrediction() === testLabels[i]) correct++;
}
console.log(JSON.stringify({ epoch: limit / 60000, images: limit, seconds, accuracy: correct / shown }));
