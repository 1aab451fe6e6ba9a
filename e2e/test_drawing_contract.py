"""Drawings of the pages against those of the Python package.

`web/src/payload/contract.test.ts` and `web/src/diagram/contract.test.ts` read the cases: colours
to the byte, numbers and ticks to the character, texts of every payload of the payload contract
and of the diagram of every network; nothing overlaps in a diagram, however it is folded.
"""

from pathlib import Path

import pytest

from convscope.zoo import list_architectures, load
from e2e import drawing_cases as cases
from e2e import vitest
from tests.contracts.test_payload_contract import CHINESE, HOSTILE, KINDS, LONG, RANGES
from tests.render.test_diagram import NETWORKS, random_network


def run(test: str, folder: Path) -> None:
    vitest.run(test, "DRAWING_CASES", folder)


def test_payloads(tmp_path: Path) -> None:
    for name in ("formats", "cells", "axes", "colours", "overlays", "texts", "places", "groups"):
        cases.write(tmp_path, name, getattr(cases, name)())
    rows = [(text, "unit") for text in ("score", "", CHINESE, HOSTILE, LONG)]
    rows += [("score", span) for span in RANGES]
    drawn = [
        cases.drawn(f"{kind}, {text[:9]!r}, {span}", make(text, span), long=len(text) > 20)
        for kind, make in KINDS.items()
        for text, span in rows
    ]
    cases.write(tmp_path, "payloads", drawn)
    run("src/payload/contract.test.ts", tmp_path)


def test_diagrams(tmp_path: Path) -> None:
    networks = [load(str(getattr(each, "name", each))) for each in list_architectures()]
    networks += [*NETWORKS.values(), *(random_network(seed) for seed in range(40))]
    cases.write(tmp_path, "graphs", [cases.graph_of(network) for network in networks])
    cases.write(tmp_path, "names", cases.names())
    run("src/diagram/contract.test.ts", tmp_path)


def test_cases_are_needed() -> None:
    """The tests read the folder that is named; without it they fail, and do not pass unseen."""
    with pytest.raises(AssertionError, match="ENOENT"):
        run("src/payload/contract.test.ts", Path("/nowhere"))
