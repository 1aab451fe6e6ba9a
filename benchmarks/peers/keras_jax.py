"""Fashion-MNIST as Keras's MNIST example trains: arrays in memory, `fit`, JAX underneath.

KERAS_BACKEND=jax python keras_jax.py FOLDER BATCH EPOCHS
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from keras import layers


def main() -> None:
    folder, batch, epochs = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])

    def images(split: str) -> np.ndarray:
        pixels = np.load(folder / f"{split}_images.npy").astype("float32") / 255
        return np.expand_dims(pixels, -1)

    x_train, y_train = images("train"), np.load(folder / "train_labels.npy")
    x_test, y_test = images("test"), np.load(folder / "test_labels.npy")
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28, 1)),
            layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Conv2D(64, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    seconds = 0.0
    for epoch in range(1, epochs + 1):
        begin = time.perf_counter()
        model.fit(x_train, y_train, batch_size=batch, epochs=1, verbose=0)
        seconds += time.perf_counter() - begin
        accuracy = model.evaluate(x_test, y_test, batch_size=1000, verbose=0)[1]
        line = {"epoch": epoch, "images": len(y_train) * epoch, "seconds": seconds}
        print(json.dumps(line | {"accuracy": float(accuracy)}), flush=True)


if __name__ == "__main__":
    main()
