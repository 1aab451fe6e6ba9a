"""Visuals as entries of a list, without importing them."""

from convscope.listing import Entry, function_of
from convscope.visuals import GROUPS, VISUALS, module_name, summary


def entries() -> list[Entry]:
    """Return all visuals, grouped by what they show, with the inputs that each needs."""
    return [
        Entry(name=name, summary=summary(name), group=heading, notes=(("needs", needs(name)),))
        for group, heading in GROUPS.items()
        for name in VISUALS
        if VISUALS[name] == group
    ]


def needs(name: str) -> str:
    """Return what a visual needs beside a model, from the signature of its `compute`."""
    signature = function_of(module_name(name), "compute").args
    parameters = {argument.arg for argument in (*signature.args, *signature.kwonlyargs)}
    first_optional = len(signature.args) - len(signature.defaults)
    required = {argument.arg for argument in signature.args[:first_optional]}
    required |= {
        argument.arg
        for argument, default in zip(signature.kwonlyargs, signature.kw_defaults, strict=True)
        if default is None
    }
    if "image_NCHW" in required:
        return "an image"
    if "split" in required:
        return "a data set"
    if {"image_NCHW", "split"} <= parameters:
        return "an image or a data set"
    return "nothing else"
