/** Parameters of a first layer, as `convscope.labs.shapes.mlp_size`. */

export const BYTES = 4; // of a float32

export interface MlpSetup {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** Units of the fully connected layer. */
  readonly hidden: number;
  /** Rows and columns of a kernel. */
  readonly kernel: number;
  readonly kernels: number;
}

export interface Count {
  readonly weights: number;
  readonly biases: number;
  readonly parameters: number;
  readonly bytes: number;
  /** Times that each weight is used for one image. */
  readonly uses: number;
}

/** Return the numbers of the image: height x width x channels. */
export const inputsOf = ({ height, width, channels }: MlpSetup): number =>
  height * width * channels;

const count = (weights: number, biases: number, uses: number): Count => ({
  weights,
  biases,
  parameters: weights + biases,
  bytes: BYTES * (weights + biases),
  uses,
});

export const fullyConnected = (setup: MlpSetup): Count =>
  count(inputsOf(setup) * setup.hidden, setup.hidden, 1);

/** Return the numbers of a convolution whose output is as large as the image. */
export const convolutional = ({ width, height, channels, kernel, kernels }: MlpSetup): Count =>
  count(kernel * kernel * channels * kernels, kernels, height * width);
