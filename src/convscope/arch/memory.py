"""Memory of activations, in float32, for one image.

Inference: the largest sum of tensors alive at one step (input and output of the step, and what
a branch or a shortcut still needs). Training: all tensors that PyTorch keeps for the backward
pass, each counted once, the image included. Both are lower bounds: a chain inside a chain keeps
its input in PyTorch until it ends, and allocators round up.

Weights, their gradients and the optimiser's state are not counted: 4 bytes a parameter each.
"""

from convscope.arch.block import Composition
from convscope.arch.trace import Step, Trace
from convscope.layers.base import nbytes


def _storage(trace: Trace, views: tuple[str, ...]) -> dict[int, int]:
    """Return the tensor that owns the memory of each tensor."""
    owner = {0: 0}
    for step in trace.steps:
        shared = step.layer is not None and step.layer.view in views
        owner[step.output] = owner[step.inputs[0]] if shared else step.output
    return owner


def inference_bytes(trace: Trace) -> int:
    """Return the peak for one image; auxiliary heads do not run."""
    steps = [step for step in trace.steps if not step.auxiliary]
    owner = _storage(trace, ("inference", "always"))
    size = {0: nbytes(trace.input_shape)} | {s.output: nbytes(s.output_shape) for s in steps}
    last_use = {owner[trace.output]: len(steps)}
    for number, step in enumerate(steps):
        for tensor in step.inputs:
            last_use[owner[tensor]] = max(number, last_use.get(owner[tensor], 0))
    freed: dict[int, list[int]] = {}
    for tensor, number in last_use.items():
        freed.setdefault(number, []).append(tensor)
    alive = peak = size[0]
    for number, step in enumerate(steps):
        if owner[step.output] == step.output:
            alive += size[step.output]
        peak = max(peak, alive)
        alive -= sum(size[tensor] for tensor in freed.get(number, ()))
    return peak


def training_bytes(trace: Trace) -> dict[int, int]:
    """Return the bytes that each step adds for the backward pass, by its output tensor."""
    owner = _storage(trace, ("always",))
    size = {0: nbytes(trace.input_shape)} | {s.output: nbytes(s.output_shape) for s in trace.steps}
    kept: set[int] = set()
    added: dict[int, int] = {}
    for step in trace.steps:
        extra, tensors = _kept_by(step)
        new = {owner[tensor] for tensor in tensors} - kept
        kept |= new
        added[step.output] = extra + sum(size[tensor] for tensor in new)
    return added


def _kept_by(step: Step) -> tuple[int, list[int]]:
    """Return the bytes that a step keeps of its own, and the tensors that it keeps."""
    if isinstance(step.operation, Composition):
        return 0, list(step.inputs) if step.operation.keeps_branches else []
    saved = step.operation.saved(step.input_shapes[0])
    return saved.extra_bytes, [*step.inputs] * saved.input + [step.output] * saved.output
