"""CIFAR-10: small photos of ten things. Paper: Krizhevsky 2009.

SHA-256 of the archive and its files: as published by torch-rb's torchvision. Mean and standard
deviation: of all 50,000 training images, as in the literature.
"""

from convscope.data.formats.cifar_dataset import Archive, CifarDataSet
from convscope.data.formats.published import PublishedFile

NAMES = "airplane automobile bird cat deer dog frog horse ship truck"
BATCHES = {
    "data_batch_1.bin": "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
    "data_batch_2.bin": "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
    "data_batch_3.bin": "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
    "data_batch_4.bin": "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
    "data_batch_5.bin": "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
}

CIFAR10 = CifarDataSet(
    name="cifar10",
    title="CIFAR-10: small photos of ten things (Krizhevsky 2009)",
    classes=tuple(NAMES.split()),
    mean=(0.491400, 0.482158, 0.446531),
    std=(0.247032, 0.243485, 0.261588),
    training=tuple(PublishedFile(*file) for file in BATCHES.items()),
    test=PublishedFile(
        "test_batch.bin", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"
    ),
    archive=Archive(
        "cifar-10-binary.tar.gz",
        "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        folder="cifar-10-batches-bin",
    ),
    label_bytes=1,
    training_records=10_000,
    pickled=("cifar-10-batches-py", "cifar-10-python.tar.gz", "data_batch_1"),
    download_bytes=170_052_171,
    notice="Alex Krizhevsky, Vinod Nair, Geoffrey Hinton; no licence is named",
    mirrors=("https://www.cs.toronto.edu/~kriz/", "https://cave.cs.toronto.edu/kriz/"),
)
