"""Fashion-MNIST: clothes, in MNIST's format. Paper: Xiao, Rasul and Vollgraf 2017."""

from pathlib import Path

from convscope.data.formats.idx_dataset import IdxDataSet, mnist_files

NAMES = "T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot"

FASHION_MNIST = IdxDataSet(
    name="fashion_mnist",
    title="Fashion-MNIST: articles of clothing (Xiao, Rasul, Vollgraf 2017)",
    classes=tuple(NAMES.split(",")),
    mean=(0.286001,),
    std=(0.352939,),
    idx_files=mnist_files(
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
    download_bytes=26_421_880 + 29_515 + 4_422_102 + 5_148,
    notice="Zalando SE; MIT",
    folders=(Path("/usr/share/datasets/fashion-mnist"),),  # Debian: dataset-fashion-mnist
    mirrors=(
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    ),
)
