"""Look inside a network: the regions that increase a class score, and the kernels it learned."""

import convscope

model = convscope.open("efficientnet_lite0@imagenet")
photo = convscope.sample("photo", overwrite=True)

heatmap = model.look("grad_cam", photo)
heatmap.save("grad_cam.png", overwrite=True)
print("grad_cam.png:", heatmap.caption)

kernels = model.look("filters")
kernels.save("kernels.png", overwrite=True)
print("kernels.png:", kernels.caption)
