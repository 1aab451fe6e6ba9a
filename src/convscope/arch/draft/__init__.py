"""Networks that are being built: read, traced as far as they go, with fixes that were tried.

A draft is the JSON form of an architecture that may not fit yet. Architectures that fit belong in
`convscope.arch`; nothing here imports torch.
"""

from convscope.arch.draft.changes import Change, changed
from convscope.arch.draft.checking import Checked, Problem, check_draft
from convscope.arch.draft.fixes import Fix, fixes
from convscope.arch.draft.reading import Draft, read_draft
from convscope.arch.draft.writing import short_architecture, short_form

__all__ = [
    "Change",
    "Checked",
    "Draft",
    "Fix",
    "Problem",
    "changed",
    "check_draft",
    "fixes",
    "read_draft",
    "short_architecture",
    "short_form",
]
