"""Tables of layers in notebooks."""

from convscope.arch.table import LayerTable, by
from convscope.notebook.parts import facts, table
from convscope.text import byte_size

HEAD = ("layer", "type", "output", "parameters", "MACs", "receptive field")


def html(layers: LayerTable) -> str:
    """Return the rows, the totals and the memory."""
    totals = layers.totals
    rows = (
        (
            row.path,
            row.type,
            str(row.output_shape),
            f"{row.parameters:,}" if row.parameters else "",
            f"{row.macs:,}" if row.macs else "",
            by(row.field_size),
        )
        for row in layers.rows
    )
    total = ("total", "", "", f"{totals.parameters:,}", f"{totals.macs:,}", "")
    images = "1 image" if layers.batch_size == 1 else f"{layers.batch_size:,} images"
    memory = (
        f"memory for {images}: weights {byte_size(totals.weight_bytes)}",
        f"activations {byte_size(totals.inference_bytes)} in inference",
        f"{byte_size(totals.training_bytes)} in training",
    )
    shown = table(HEAD, rows, numeric=range(3, 6), total=total, num_rows=len(layers.rows))
    return shown + facts(*memory)
