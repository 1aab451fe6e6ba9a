"""MNIST: handwritten digits. Inside the package, so that the first run needs no network."""

from pathlib import Path

from convscope.data.formats.idx_dataset import IdxDataSet, mnist_files

MNIST = IdxDataSet(
    name="mnist",
    title="MNIST: handwritten digits (LeCun, Cortes, Burges 1998)",
    classes=("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
    mean=(0.130720,),
    std=(0.308173,),
    idx_files=mnist_files(
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
    notice="Yann LeCun, Corinna Cortes, Christopher J. C. Burges; CC BY-SA 3.0",
    folders=(Path(__file__).parent / "files" / "mnist",),
)
