"""LZFSE, the compression of Record3D's depth: stored blocks here, all others by the ``lzfse`` package."""

from __future__ import annotations

_STORED, _END = b"bvx-", b"bvx$"
_HEADER = 8


class LzfseError(ValueError):
    """Bytes that cannot be decompressed, or no package to do it with."""


def decompress(data: bytes) -> bytes:
    """The bytes that ``data`` holds.  Raises LzfseError."""
    stored = _stored(data)
    if stored is not None:
        return stored
    try:
        import lzfse
    except ImportError as error:
        raise LzfseError("needs the lzfse package: pip install 'omd3d[record3d]'") from error
    try:
        return lzfse.decompress(data)
    # The package answers cut data with MemoryError.
    except (lzfse.error, MemoryError) as error:
        raise LzfseError("is damaged or no LZFSE") from error


def _stored(data: bytes) -> bytes | None:
    """What a file of stored blocks only holds, None for any other."""
    parts: list[bytes] = []
    at = 0
    while data[at : at + 4] == _STORED and at + _HEADER <= len(data):
        size = int.from_bytes(data[at + 4 : at + _HEADER], "little")
        parts.append(data[at + _HEADER : at + _HEADER + size])
        at += _HEADER + size
    return b"".join(parts) if parts and data[at : at + 4] == _END else None
