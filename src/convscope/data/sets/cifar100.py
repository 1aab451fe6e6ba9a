"""CIFAR-100: small photos of a hundred things, by their fine labels. Paper: Krizhevsky 2009.

SHA-256 of the archive and its files: as published by torch-rb's torchvision. Mean and standard
deviation: of all 50,000 training images, as in the literature.
"""

from convscope.data.formats.cifar_dataset import Archive, CifarDataSet
from convscope.data.formats.published import PublishedFile

NAMES = (
    "apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus "
    "butterfly camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach "
    "couch crab crocodile cup dinosaur dolphin elephant flatfish forest fox girl hamster "
    "house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree "
    "motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear "
    "pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket "
    "rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar "
    "sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip "
    "turtle wardrobe whale willow_tree wolf woman worm "
)

CIFAR100 = CifarDataSet(
    name="cifar100",
    title="CIFAR-100: small photos of a hundred things (Krizhevsky 2009)",
    classes=tuple(NAMES.split()),
    mean=(0.507075, 0.486549, 0.440918),
    std=(0.267334, 0.256438, 0.276150),
    training=(
        PublishedFile(
            "train.bin", "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29"
        ),
    ),
    test=PublishedFile(
        "test.bin", "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a"
    ),
    archive=Archive(
        "cifar-100-binary.tar.gz",
        "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
        folder="cifar-100-binary",
    ),
    label_bytes=2,
    training_records=50_000,
    pickled=("cifar-100-python", "cifar-100-python.tar.gz"),
    download_bytes=168_513_733,
    notice="Alex Krizhevsky, Vinod Nair, Geoffrey Hinton; no licence is named",
    mirrors=("https://www.cs.toronto.edu/~kriz/", "https://cave.cs.toronto.edu/kriz/"),
)
