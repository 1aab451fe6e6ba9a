"""Speed, memory and precision of the engines of this machine, for one model.

Each engine runs in a process of its own: `child` is that process, `children` talks to it,
`measure` lets the engines take turns, `records` is the result. Nothing is drawn or printed here.
"""

from typing import TYPE_CHECKING

from convscope.lazy import lazy

if TYPE_CHECKING:
    from convscope.bench.measure import bench
    from convscope.bench.records import Bench, Options
else:
    __getattr__, __dir__ = lazy(
        __name__,
        {
            "convscope.bench.measure": ["bench"],
            "convscope.bench.records": ["Bench", "Options"],
        },
    )

__all__ = ["Bench", "Options", "bench"]
