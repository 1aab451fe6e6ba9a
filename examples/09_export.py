"""Export a network to ONNX and to PyTorch source, and verify that the outputs are equal."""

import convscope
from convscope.opening import untrained

model = untrained(convscope.load("resnet18"))
written = model.export("onnx", "resnet18.onnx", overwrite=True)
print(written)

verification = convscope.verify("resnet18.onnx", against=model)
print(verification)

source = model.export("pytorch", "resnet18.py", overwrite=True)
print(source)
