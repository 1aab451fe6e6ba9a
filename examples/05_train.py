"""Train LeNet-5 on MNIST: a run is a folder, and training is a sequence of events."""

import convscope

events = convscope.train("lenet5", "mnist", epochs=1, seed=0, settings={"log_every": 200})
for event in events:
    print(event.text())

model = convscope.open(events.folder)
evaluation = model.evaluate("mnist")
print(f"test split: {evaluation.accuracy:.2%} of {evaluation.num_samples:,} digits are right")
