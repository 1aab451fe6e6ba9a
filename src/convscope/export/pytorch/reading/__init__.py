"""Reader of PyTorch source: its syntax tree is interpreted, and nothing of it is ever executed.

It reads what `export --to pytorch` writes, and modules as people write them: `nn.Sequential`, or a
class with modules in `__init__` and a `forward` that chains calls, joins branches and uses common
functions. Anything else is refused with its line. Nothing here imports torch.
"""

from convscope.export.pytorch.reading.source_file import ReadSource, read_source

__all__ = ["ReadSource", "read_source"]
