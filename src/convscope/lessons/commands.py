"""Command lines of figures: keys of a state become words and options."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Line:
    """A command line with options for keys.

    Args:
        command: the words that never change.
        options: the option of each key that the command line has; "" for a key with flags only.
        words: keys that are arguments, with their default.
        flags: options without a value, for a key with this value.
        end: what stands at the end.
        alone: a key whose values, as far as the command line knows them, exclude all others.
        named: values of `alone` that the command line has no name for, as states; other keys of
            a state take precedence over these.
    """

    command: str
    options: Mapping[str, str]
    words: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[tuple[str, str], str] = field(default_factory=dict)
    end: tuple[str, ...] = ()
    alone: str = ""
    named: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __call__(self, state: Mapping[str, str]) -> str:
        """Return the command line of a state."""
        if self.alone and state.get(self.alone):
            name = state[self.alone]
            known = name not in self.named  # by the terminal, whose examples take no options
            state = {self.alone: name} if known else {**self.named[name], **state, self.alone: ""}
        words = self.command.split()
        words += [state.get(key) or usual for key, usual in self.words.items()]
        for key, option in self.options.items():
            value = state.get(key, "")
            if (key, value) in self.flags:
                words.append(self.flags[key, value])
            elif value and option:
                words += [option, value]
        return shlex.join([*words, *self.end])
