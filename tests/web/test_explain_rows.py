"""The page explains every layer and every composition that joins branches."""

import re
from pathlib import Path

from convscope.export.web.manifest import JOINS
from convscope.layers import LAYERS

RULES = Path(__file__).parents[2] / "web" / "src" / "explain" / "rules.ts"


def test_every_layer_and_join_has_a_rule() -> None:
    table = RULES.read_text(encoding="utf-8").split("RULES", 1)[1].split("};", 1)[0]
    rows = re.findall(r"^  (\w+): ", table, re.MULTILINE)
    assert rows == list(dict.fromkeys(rows))
    assert set(rows) == {layer.__name__ for layer in LAYERS} | set(JOINS)
