"""Names of a package that are imported on first use, as PEP 562 allows.

`import convscope.data` then costs one small file, and a name costs the module that defines it.
"""

import importlib
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Lookup = Callable[[str], Any]
Names = Callable[[], list[str]]


def lazy(package: str, modules: Mapping[str, Iterable[str]]) -> tuple[Lookup, Names]:
    """Return `__getattr__` and `__dir__` of a package whose names are defined in its modules.

    A name must not be that of a submodule: importing the submodule would replace it.

    Args:
        package: `__name__` of the package.
        modules: the names that each module defines.
    """
    module_of = {name: module for module, names in modules.items() for name in names}

    def lookup(name: str) -> Any:
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(module_of[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted(module_of.keys() | vars(sys.modules[package]).keys())

    return lookup, names
