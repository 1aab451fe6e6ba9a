/** The 3-D view. */
export const space = {
  "space.title": "The network in space",
  "space.help.units":
    "Every small block is a unit; its colour is its activation. Point at one: lines show what it is computed from. Click it to follow it back to the image.",
  "space.help.boxes":
    "Every box is a layer: its front shows one map, its side and top the other channels in section. Point at a box: lines show what that unit is computed from. Click to follow it back to the image.",
  "space.canvas":
    "The network in three dimensions. Arrow keys turn it, plus and minus change the distance.",
  "space.loading": "Building the scene",
  "space.noPicture": "Choose an image in the Look view first.",
  "space.noWebGL":
    "This browser shows no 3-D graphics (WebGL is off or not available). Everything else on this page works without it.",
  "space.lost": "The graphics processor has stopped this view. Open it again to continue.",
  "space.image": "image",
  "space.view": "View",
  "space.view.whole": "Whole",
  "space.view.side": "Side",
  "space.view.above": "Above",
  "space.view.input": "Input",
  "space.view.output": "Output",
  "space.turn": "Turn slowly",
  "space.walk": "Guided walk",
  "space.walk.start": "Start the walk",
  "space.walk.end": "End the walk",
  "space.walk.next": "Next",
  "space.walk.previous": "Back",
  "space.walk.stop": "Stop {number} of {count}",
  "space.walk.image":
    "Here the network starts: the prepared image, {size} numbers in {maps} {maps|channel|channels}.",
  "space.walk.convolution":
    "{layer} ({label}) slides small kernels over {before}. Each of its {maps} {maps|map|maps} of {size} shows where one pattern was found.",
  "space.walk.pooling":
    "{layer} ({label}) summarises neighbours: {before} become {maps} × {size}. Small shifts of the image matter less now.",
  "space.walk.normalisation":
    "{layer} ({label}) brings the activations of each map to a common range.",
  "space.walk.activation":
    "{layer} ({label}) bends every number, so that layers can build on each other.",
  "space.walk.linear":
    "{layer} ({label}) weighs all numbers before it: every one of its {maps} units reads the whole layer before.",
  "space.walk.join": "{layer} brings branches together: {maps} {maps|map|maps} of {size}.",
  "space.walk.other": "{layer} ({label}): {maps} {maps|map|maps} of {size}.",
  "space.walk.last":
    "{layer} ({label}): one number for each of the {classes} classes. The largest one is the answer.",
  "space.unit": "{layer}, map {map}, row {row}, column {col}: {value}",
  "space.unit.vector": "{layer}, unit {map}: {value}",
  "space.unit.class": "{layer}, class {name}: {value}",
  "space.unit.none": "Point at a unit, or choose a layer.",
  "space.unit.clear": "Clear",
  "space.layer": "Layer",
  "space.layer.none": "none",
  "space.map": "Map",
  "space.map.previous": "Previous map",
  "space.map.next": "Next map",
  "space.map.of": "{map} of {count}",
  "space.look": "Show in the Look view",
  "space.legend": "Lines: red adds to the unit, blue takes away; strong colours are strong parts.",
  "space.waiting": "Computing the activations behind this unit",
} as const;
