"""A convolution as sums of products: one output, the gradient of a kernel, and the matrix form."""

import numpy as np
import torch

from convscope.labs.convolution_inputs import example

lab = example("cs231n_1")  # 5 x 5 x 3, two kernels, stride 2, padding 1
first = next(iter(lab.steps()))
total = sum(product.left * product.right for product in first.products)
print(
    f"output[0, 0, 0]: {len(first.products)} products, {total:g} + bias = {lab.output[0, 0, 0]:g}"
)
print("output:", lab.output.astype(int).tolist())

# the same by PyTorch
x = torch.tensor(lab.x)[None].requires_grad_()
w = torch.tensor(lab.w).requires_grad_()
y = torch.nn.functional.conv2d(x, w, torch.tensor(lab.b), stride=2, padding=1)
y.sum().backward()
print("equal to PyTorch:", np.array_equal(y.detach()[0].numpy(), lab.output))
print("gradient of the kernels equal:", np.allclose(w.grad.numpy(), lab.kernel_gradient()))
print("gradient of the input equal:", np.allclose(x.grad[0].numpy(), lab.input_gradient()))
