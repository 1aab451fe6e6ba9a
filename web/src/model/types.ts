/** What an exported folder holds: `model.json`, written by `convscope export --to web`. */

/** A dense array of one image, row by row: [C, H, W] of a layer's maps, or [F] of a vector. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Pixels of an image, row by row, channels innermost. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

export type Role =
  | "convolution"
  | "pooling"
  | "normalisation"
  | "activation"
  | "linear"
  | "shape"
  | "dropout"
  | "preprocessing"
  | "padding"
  | "shortcut"
  | "join";

/** Pixels of the input that the units of a layer see along one axis. */
export type Axis =
  | { readonly size: number; readonly stride: number; readonly start: number }
  | { readonly spans: readonly (readonly [first: number, end: number])[] };

/** One operation of the network, in the order in which they run. */
export interface Step {
  /** Name of the tensor that it computes, in the ONNX file too. */
  readonly path: string;
  /** Class of the layer, or of the composition that joins branches: "Concat", "Residual", "Gate". */
  readonly type: string;
  readonly role: Role;
  /** Label of drawings, as "5×5 conv, 6". */
  readonly label: string;
  /** Paths of the tensors that it reads; "" is the prepared image. */
  readonly inputs: readonly string[];
  /** Fields of the layer, as in the architecture's JSON. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly shape: readonly number[];
  /** Names of its parameters ("weight") and of their tensors in the ONNX file. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly macs: number;
  /** Pixels of the prepared image that its units see; a vector has one place. */
  readonly field: { readonly rows: Axis; readonly cols: Axis };
}

export interface Sample {
  /** Image file beside `model.json`. */
  readonly file: string;
  readonly label: string;
}

export interface Manifest {
  readonly format: 1;
  readonly name: string;
  readonly labels: readonly string[];
  /** [C, H, W] of the prepared image. */
  readonly input: readonly [number, number, number];
  readonly onnx: {
    readonly file: string;
    readonly bytes: number;
    readonly sha256: string;
    /** Names of the input (raw pixels, NHWC uint8), of the prepared image, and of the answer. */
    readonly image: string;
    readonly prepared: string;
    readonly probabilities: string;
  };
  /** One input and PyTorch's output, base64: see docs/export.md. */
  readonly golden: unknown;
  readonly steps: readonly Step[];
  /** Data of the diagram: `convscope.render.diagram.diagram_data`. */
  readonly diagram: unknown;
  readonly architecture: unknown;
  readonly preprocessing: unknown;
  /** How transparent images become pixels; of older exports it is missing: on white. */
  readonly conversion?: { readonly background: string };
  readonly samples: readonly Sample[];
  /** Files of labelled images to train on in the tab; empty if the network cannot be trained there. */
  readonly training: readonly { readonly name: string; readonly file: string }[];
}
