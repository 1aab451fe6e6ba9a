"""Preprocessing, labels and functions that make an exported file a model.

Texts of source code only; nothing here is a sentence of convscope.
"""

from dataclasses import dataclass

from convscope.arch import Architecture, Chain, trace
from convscope.export.pytorch.blocks import Constants, Plan, tree
from convscope.export.pytorch.classes import ClassWriter
from convscope.export.pytorch.library_names import creation, loading
from convscope.export.pytorch.python_text import WIDTH
from convscope.io.conversion import LEVELS
from convscope.network.model_file import FITTED, Card
from convscope.shapes import CHW

NAMES = ("LABELS", "Preprocessing", "load", "predict", "main", "read", "sys")
IMAGE = (256, 256)  # any size: preprocessing takes all
CONVSCOPE = "convscope"
WHITE_OF_EACH = f"min(level for level in {LEVELS} if level >= grey.max())"


@dataclass(frozen=True)
class Model:
    """The model of an exported file.

    Attributes:
        weights: name of the safetensors file.
        layout: the library whose names the weights have.
        fitted: whether the preprocessing has tensors.
    """

    card: Card
    weights: str
    layout: str = CONVSCOPE
    fitted: bool = False


def docstring_lines(name: str, model: Model | None) -> list[str]:
    """Return the lines of the file's docstring that load the weights."""
    if model is None:
        return [f"    network = {name}()", "    network.load_state_dict(state)"]
    if model.layout == CONVSCOPE:
        return [
            "Pixels (N, C, H, W) from 0 to 255, of any size, to probabilities:",
            "",
            f"    preprocessing, network = load({_quoted(model.weights)})",
            "    probabilities = predict(preprocessing, network, pixels)",
        ]
    library, architecture = model.layout, model.card.architecture
    create = creation(library, architecture.name, architecture.num_classes)
    load = loading(library, architecture.name, _quoted(model.weights))
    return [
        f"The weights have the names of {library}. They are loaded there, with strict=True, by",
        "",
        f"    network = {create}",
        *(f"    {line}" for line in load),
        "    probabilities = predict(Preprocessing(), network.eval(), pixels)",
    ]


def preprocessing_class(
    architecture: Architecture, preprocessing: Chain, constants: Constants, network: Plan
) -> list[str]:
    """Return the classes of the preprocessing; the last is `Preprocessing`."""
    input = CHW(architecture.input.channels, *IMAGE)
    root = tree(preprocessing, trace(preprocessing, input), constants)
    plan = Plan(root, taken={*network.taken, *(c.name for c in network.classes)})
    writer = ClassWriter(plan)
    channels, height, width = architecture.input
    docstring = (
        f"Pixels (N, {channels}, H, W), 0 to 255, to the network's (N, {channels}, {height}, "
        f"{width})."
    )
    if 4 + 6 + len(docstring) > WIDTH:
        docstring = "Pixels, 0 to 255, to the network's input."
    blocks = [writer.block(block_class) for block_class in reversed(plan.classes)]
    return [*blocks, writer.chain("Preprocessing", docstring)]


def labels(names: tuple[str, ...]) -> str:
    """Return the statement of the labels, one to a line."""
    rows = [f"    {_quoted(name)}," for name in names]
    return "\n".join(["# fmt: off", "LABELS = (", *rows, ")", "# fmt: on"])


def _quoted(text: str) -> str:
    """Return a string literal of ASCII characters and printable others, whatever the text is."""
    written = "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode()
        for c in text.replace("\\", "\\\\").replace('"', '\\"')
    )
    return f'"{written}"'


def functions(name: str, architecture: Architecture, model: Model) -> str:
    """Return the functions `load` and `predict`, and the program that classifies a photo."""
    parts = [PREDICT]
    if model.layout == CONVSCOPE:
        load = LOAD_FITTED if model.fitted else LOAD
        parts = [load.replace("NETWORK", name), PREDICT, _program(architecture, model)]
    return "\n\n\n".join(part.strip("\n") for part in parts)


def _program(architecture: Architecture, model: Model) -> str:
    """Return the functions that read a photo, as training did, and classify it."""
    conversion = model.card.conversion
    values = {
        "WEIGHTS": _quoted(model.weights),
        "MODE": "L" if architecture.input.channels == 1 else "RGB",
        "BACKGROUND": str(conversion.rgb),
        "WHITE": str(conversion.white_level or WHITE_OF_EACH),
    }
    program = MAIN
    for name, value in values.items():
        program = program.replace(name, value)
    return program


LOAD = '''
def load(weights: str) -> tuple[Preprocessing, NETWORK]:
    """Return the preprocessing and the network with the weights of a safetensors file."""
    from safetensors.torch import load_file

    network = NETWORK()
    network.load_state_dict(load_file(weights))
    return Preprocessing().eval(), network.eval()
'''

LOAD_FITTED = f'''
def load(weights: str) -> tuple[Preprocessing, NETWORK]:
    """Return the preprocessing and the network with the tensors of a safetensors file."""
    from safetensors.torch import load_file

    state, fitted = {{}}, {{}}
    for key, tensor in load_file(weights).items():
        (fitted if key.startswith("{FITTED}") else state)[key.removeprefix("{FITTED}")] = tensor
    preprocessing, network = Preprocessing(), NETWORK()
    preprocessing.load_state_dict(fitted)
    network.load_state_dict(state)
    return preprocessing.eval(), network.eval()
'''

PREDICT = '''
@torch.inference_mode()
def predict(preprocessing: nn.Module, network: nn.Module, pixels: Tensor) -> Tensor:
    """Return the probabilities (N, K) of pixels (N, C, H, W), uint8 or float, 0 to 255."""
    probabilities: Tensor = network(preprocessing(pixels)).softmax(1)
    return probabilities
'''

MAIN = '''
def read(photo: str) -> Tensor:
    """Return the pixels of an image file: (1, C, H, W), uint8. Needs Pillow and NumPy.

    As in training, transparent images are composited on a background, and grey images of 16 bits
    are divided by their white level. Of colours of 16 bits Pillow reads the upper 8.
    """
    import numpy as np
    from PIL import Image, ImageOps

    with Image.open(photo) as file:
        image = ImageOps.exif_transpose(file)
    if image.mode.startswith("I"):
        grey = np.asarray(image).astype(np.int64)
        white = WHITE
        scaled = (510 * grey.clip(0, white) + white) // (2 * white)
        image = Image.fromarray(scaled.astype(np.uint8))
    elif "A" in image.getbands() or "transparency" in image.info:
        values = np.asarray(image.convert("RGBA")).astype(np.int64)
        alpha = values[..., 3:]
        shown = values[..., :3] * alpha + np.array(BACKGROUND) * (255 - alpha)
        image = Image.fromarray(((2 * shown + 255) // 510).astype(np.uint8))
    pixels = torch.from_numpy(np.array(image.convert("MODE")))
    return pixels.reshape(1, image.height, image.width, -1).permute(0, 3, 1, 2)


def main() -> None:
    """Classify a photo: `python FILE.py PHOTO [FILE.safetensors]`."""
    photo, weights = (*sys.argv[1:], WEIGHTS)[:2]
    probabilities = predict(*load(weights), read(photo))[0]
    for probability, k in zip(*probabilities.topk(min(5, len(LABELS))), strict=True):
        print(f"{probability.item():7.2%}  {LABELS[int(k)]}")


if __name__ == "__main__":
    main()
'''
