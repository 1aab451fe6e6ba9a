"""`convscope deploy`: a model whose sums of linear branches are one convolution each."""

import json
from pathlib import Path
from typing import Annotated

from convscope.cli.grammar.options import Force, Json, Model, output_option
from convscope.cli.terminal.output import echo_json, say
from convscope.text import counted


def deploy_command(
    model: Model,
    output: Annotated[Path, output_option("Model file to write.")],
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Merge added branches into single convolutions, as RepVGG for its use after training."""
    from convscope.io.storage import check_output
    from convscope.opening import open as open_model

    check_output(output, overwrite=force)
    opened = open_model(model)
    merged = opened.deployed()
    merged.save(output, overwrite=force)
    before, after = (m.architecture.table().totals.parameters for m in (opened, merged))
    if as_json:
        facts = {"architecture": merged.architecture.name, "file": str(output)}
        echo_json(json.dumps({**facts, "parameters_before": before, "parameters": after}))
        return
    name, total = merged.architecture.name, counted(after, "parameter")
    say(f"{output}: {name}, {total} in place of {before:,}")
