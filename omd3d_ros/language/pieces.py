"""Text of SentencePiece tokens with byte fallback, spaced as the tokenizers of LLaMA space it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

_SPACE = "\u2581"
_BYTE = re.compile(r"<0x([0-9A-F]{2})>")
_REPLACEMENT = "\ufffd"


def decode_pieces(pieces: Sequence[str], special: Collection[str]) -> str:
    """Runs of ordinary pieces and special tokens, one space between them.

    A run loses the space that it begins with; a byte that is no part of valid UTF-8 becomes U+FFFD by itself.
    """
    parts: list[str] = []
    for is_special, group in groupby(pieces, lambda piece: piece in special):
        run = list(group)
        parts += run if is_special else ["".join(_texts(run))]
    return " ".join(parts)


def _texts(run: list[str]) -> Iterator[str]:
    run[0] = run[0].removeprefix(_SPACE)
    for is_bytes, pieces in groupby(run, lambda piece: _BYTE.fullmatch(piece) is not None):
        if is_bytes:
            yield _utf8(bytes(int(piece[3:5], 16) for piece in pieces))
        else:
            yield "".join(pieces).replace(_SPACE, " ")


def _utf8(data: bytes) -> str:
    """UTF-8 where each byte that fits nowhere is replaced alone (Python replaces a cut-off character as a whole)."""
    text = ""
    while data:
        try:
            return text + data.decode()
        except UnicodeDecodeError as error:
            text += data[: error.start].decode() + _REPLACEMENT
            data = data[error.start + 1 :]
    return text
