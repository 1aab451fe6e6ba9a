/** What `model/model.json` of an exported folder holds.
 *
 * tools/manifest_types.py wrote this file from src/convscope/export/web/manifest.py.
 */

export type Axis = EvenAxis | UnevenAxis;

export type Role =
  | "convolution"
  | "linear"
  | "normalisation"
  | "activation"
  | "pooling"
  | "shape"
  | "padding"
  | "dropout"
  | "preprocessing"
  | "shortcut"
  | "join";

/** Unit i sees the pixels start + i * stride ... start + i * stride + size - 1. */
export interface EvenAxis {
  readonly size: number;
  readonly stride: number;
  readonly start: number;
}

/** First pixel and last + 1 of every unit. */
export interface UnevenAxis {
  readonly spans: readonly (readonly [number, number])[];
}

/** Pixels of the prepared image that the units of a layer see. */
export interface ReceptiveField {
  readonly rows: Axis;
  readonly cols: Axis;
}

/** One operation of the network, in the order in which they run. */
export interface Step {
  /** Name of the tensor that it computes, in the ONNX file too. */
  readonly path: string;
  /** Class of the layer, or of the composition that joins branches. */
  readonly type: string;
  readonly role: Role;
  /** That of drawings, as "5×5 conv, 6". */
  readonly label: string;
  /** Paths of the tensors that it reads; "" is the prepared image. */
  readonly inputs: readonly string[];
  /** Fields of the layer, as in the architecture's JSON. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** That of one image's output, (C, H, W) or (features). */
  readonly shape: readonly number[];
  /**
   * Names of its tensors ("weight") and of their initialisers in the ONNX file, which have
   * PyTorch's shapes and values.
   */
  readonly parameters: Readonly<Record<string, string>>;
  readonly macs: number;
  readonly num_parameters: number;
  /** Pixels of the prepared image that its units see; a vector has one place. */
  readonly field: ReceptiveField;
}

/** An image file beside `model.json`, and what it shows. */
export interface Sample {
  readonly file: string;
  readonly label: string;
}

/** A file of labelled images to train on in the tab. */
export interface TrainingFile {
  readonly name: string;
  readonly file: string;
}

/** Pixels of transparent and of 16-bit images: `convscope.io.conversion.Conversion`. */
export interface PixelConversion {
  /** Colour behind transparent pixels. */
  readonly background: string;
  /** Value of white in 16-bit images; null for that of each image. */
  readonly white_level: number | null;
}

/** The ONNX file beside `model.json`. */
export interface OnnxPart {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Name of the input: raw pixels, (N, H, W, C) uint8. */
  readonly image: string;
  /** Name of the output of the preprocessing, (N, C, H, W). */
  readonly prepared: string;
  /** Name of the answer, (N, K). */
  readonly probabilities: string;
}

/** Description of the model in an exported folder. */
export interface Manifest {
  readonly format: 1;
  readonly name: string;
  /** Names of the classes, in the order of the answer. */
  readonly labels: readonly string[];
  /** (C, H, W) of the prepared image. */
  readonly input: readonly [number, number, number];
  readonly onnx: OnnxPart;
  /** One input and PyTorch's output, base64: see docs/reference/export.md. */
  readonly golden: unknown;
  /** Operations of the main network, in the order in which they run. */
  readonly steps: readonly Step[];
  /** Data of the diagram: `convscope.render.diagram.diagram_data`. */
  readonly diagram: unknown;
  readonly architecture: unknown;
  /** From raw pixels to the prepared image, as a chain of layers. */
  readonly preprocessing: unknown;
  /** From image files to raw pixels. */
  readonly conversion: PixelConversion;
  /** Images to try the model on. */
  readonly samples: readonly Sample[];
  /** Empty if the network cannot be trained in the tab. */
  readonly training: readonly TrainingFile[];
}
