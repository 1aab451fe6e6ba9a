"""Write the data of the gallery of drawings: every payload of the contract, some diagrams.

python tools/page_gallery.py   writes web/src/pages/gallery/data, then: cd web && npm run gallery
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "web" / "src" / "pages" / "gallery" / "data"
NETWORKS = (
    "lenet5", "lenet5_1998", "alexnet", "vgg16", "googlenet", "inception_v3", "xception",
    "resnet18", "resnet152", "densenet121", "se_resnet50", "efficientnet_lite0",
    "efficientnet_b0", "shufflenet_v2_x1_0", "convnext_tiny",
)  # fmt: skip


def write(folder: Path) -> tuple[int, int]:
    """Write the data; return how many diagrams and payloads there are."""
    sys.path.insert(0, str(ROOT))
    from convscope.render.diagram import diagram_data
    from convscope.zoo import list_architectures, load
    from tests.contracts.test_payload_contract import CHINESE, KINDS, LONG

    folder.mkdir(exist_ok=True)
    known = {str(getattr(each, "name", each)) for each in list_architectures()}
    diagrams = {name: diagram_data(load(name)) for name in NETWORKS if name in known}
    texts = {"short": "class score", "long": LONG, "chinese": CHINESE}
    payloads = {
        f"{kind}, {name}": json.loads(make(text, "unit").to_json())
        for kind, make in KINDS.items()
        for name, text in texts.items()
    }
    for name, data in (("diagrams", diagrams), ("payloads", payloads)):
        (folder / f"{name}.json").write_text(json.dumps(data), encoding="utf-8")
    return len(diagrams), len(payloads)


def main() -> None:
    print("{} diagrams, {} payloads".format(*write(FOLDER)))


if __name__ == "__main__":
    main()
