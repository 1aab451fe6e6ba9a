"""Translation of one answer: sentences are Chinese where the client prefers that."""

from convscope.lang import Translate, translator_to, unchanged

__all__ = ["Translate", "translator_for", "unchanged"]


def translator_for(languages: str) -> Translate:
    """Return the function for a value of the header Accept-Language."""
    return translator_to("zh" if languages.strip().lower().startswith("zh") else "en")
