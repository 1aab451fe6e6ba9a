"""A network as data: its layers, parameters and cost, without training and without PyTorch."""

import convscope

alexnet = convscope.load("alexnet")
print(alexnet.table())

totals = alexnet.table().totals
print(f"\n{totals.parameters:,} parameters, {totals.macs:,} multiply-accumulates for one image")

first = alexnet.table().rows[0]
print(f"first layer {first.path}: {first.parameters:,} parameters, output {first.output_shape}")

print("\nThree networks of ImageNet:\n")
print(convscope.compare("alexnet", "vgg16", "resnet50"))
