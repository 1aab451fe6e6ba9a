"""Fine-tune published weights on a folder of photos with one folder for each class."""

import convscope

photos = convscope.sample("photos", "photos", overwrite=True)
data = convscope.data.open(photos)
print(f"classes: {', '.join(data.classes)}")

events = convscope.train("efficientnet_lite0@imagenet", data, epochs=2, seed=0)
for event in events:
    if event.type == "Epoch":
        print(event.text())

model = convscope.open(events.folder)
print(model.evaluate(data))
