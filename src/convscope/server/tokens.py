"""The token that clients of a service must send: `Authorization: Bearer TOKEN`."""

import hashlib
import hmac
from pathlib import Path

from convscope.errors import InputError
from convscope.io.storage import read_limited

MOST_BYTES = 4096
LEAST = 8  # characters
SCHEME = b"bearer "


class Token:
    """A secret that is compared in constant time."""

    def __init__(self, secret: str) -> None:
        """Store a digest of the secret.

        Raises:
            InputError: shorter than 8 characters, or not printable ASCII without spaces.
        """
        if len(secret) < LEAST or not (secret.isascii() and secret.isprintable()) or " " in secret:
            raise InputError(
                "the token cannot be used",
                expected=f"{LEAST} or more ASCII characters without spaces",
                fix="create one: openssl rand -hex 32",
            )
        self._digest = hashlib.sha256(secret.encode()).digest()

    def accepts(self, authorization: bytes | None) -> bool:
        """Return whether a request's Authorization header carries the secret."""
        if authorization is None or authorization[: len(SCHEME)].lower() != SCHEME:
            return False
        sent = hashlib.sha256(authorization[len(SCHEME) :].strip()).digest()
        return hmac.compare_digest(sent, self._digest)

    def __repr__(self) -> str:
        return "Token(...)"


def find_token(secret: str | None, file: Path | None) -> Token | None:
    """Return the token of an option or a file; None if there is neither.

    Raises:
        InputError: both, a file that cannot be read, or a token that cannot be used.
    """
    if secret is not None and file is not None:
        raise InputError("--token and --token-file together", expected="one of them")
    if file is not None:
        try:
            secret = read_limited(file, most=MOST_BYTES).decode("ascii").strip()
        except OSError as error:
            reason = (error.strerror or "input/output error").lower()
            raise InputError(f"the token cannot be read: {reason}", where=str(file)) from None
        except UnicodeDecodeError:
            raise InputError(
                "the token cannot be used", expected="ASCII characters", where=str(file)
            ) from None
    return None if secret is None else Token(secret)
