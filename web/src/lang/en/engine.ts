/** Reasons why something cannot be trained, opened or saved in the tab. */
export const engine = {
  "engine.noSimd":
    "This browser lacks WebAssembly SIMD, which training needs. Use Chrome or Edge 91, Firefox 89, Safari 16.4, or later.",
  "engine.memory":
    "Training needs {megabytes} MB, more than a tab may use. Choose a smaller batch or network.",
  "engine.architecture":
    "This is not an architecture: it needs name, input (channels, height, width), num_classes and block.",
  "engine.block": "{path}: a block with a type is missing here.",
  "engine.layer": "{path}: {type} cannot be trained in the tab. Train this network in Python.",
  "engine.output":
    "The network ends in {shape}, and there are {classes} classes. End it in Flatten and Linear({classes}).",
  "engine.size": "{path} ({type}): {value} is not a size. Give one number, or height and width.",
  "engine.number": "{name} = {value} is not a usable number.",
  "engine.window":
    "{path} ({type}): the window covers {window}, and its input is only {size} wide or high.",
  "engine.shape": "{path} ({type}): the input is {shape}, and {expected} would fit.",
  "engine.maps": "{path} ({type}): it needs feature maps, and its input is a vector of {shape}.",
  "engine.vector":
    "{path} ({type}): it needs a vector, and its input is {shape}. Put Flatten before it.",
  "engine.groups": "{path} ({type}): {channels} channels do not fit {groups} groups.",
  "engine.paddingMode":
    "{path} ({type}): padding of mode {mode} cannot be trained in the tab; zeros can.",
  "engine.branches": "{path} ({type}): its branches end in shapes that do not fit: {shapes}.",
  "engine.images": "{numbers} numbers are not whole images of {expected} numbers each.",
  "engine.label": "Label {label} is not one of {classes} classes.",
  "engine.diverged":
    "The loss is no longer a number at step {step}. Lower the learning rate and start again.",
  "engine.noStatistics": "Statistics are those of a detailed step: make one first.",
  "engine.missingTensor": "The weights lack {name}: they belong to another network.",
  "engine.unexpectedTensor": "The weights hold {name}, which this network does not have.",
  "engine.tensorShape": "{name} is {shape}, and this network needs {expected}.",
  "engine.notFinite": "{name} holds numbers that are not finite.",
  "engine.resize":
    "Images of {from} would have to be resized to {to}: training in the tab takes images of the right size.",
  "engine.preprocessing":
    "The preprocessing holds {type}, which training in the tab does not compute.",
  "engine.prepared": "Prepared images are {shape}, and the network takes {expected}.",
  "engine.notSafetensors": "This is not a whole .safetensors file.",
  "engine.damagedTensor": "Tensor {name} of the file is damaged.",
  "engine.tensorType": "Tensor {name} holds numbers of type {type}, which cannot be read here.",
  "engine.notModel":
    "This .safetensors file is not a model of convscope: its header lacks architecture and labels.",
  "engine.worker": "Training stopped: {text}. Reload the page.",
  "engine.closed": "This network was closed.",
} as const;
