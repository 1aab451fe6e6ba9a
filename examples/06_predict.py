"""Classify photos with published weights, one by one and as a stream."""

import convscope

model = convscope.open("efficientnet_lite0@imagenet")
photos = convscope.sample("photos", "photos", overwrite=True)
images = sorted(photos.rglob("*.jpg"))[:4]

for prediction in model.predict(images, topk=3):
    print(prediction)
