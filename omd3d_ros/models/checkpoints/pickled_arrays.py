"""numpy arrays and numbers in files of ``torch.save``, rebuilt by functions of our own.

numpy's own functions are not let into the unpickler: ``dtype.__setstate__`` believes whatever flags a file gives it,
and an array of objects whose flags say otherwise takes the file's bytes for memory addresses.  The stand-ins here know
numbers, booleans and fixed-length text, and check the size of the bytes against the shape.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

_DTYPE = re.compile(r"[biufc][1-9]\d?|\?|[US]\d{1,6}")
_NATIVE = ("<", ">", "=", "|")


class _StoredDtype:
    """Stands in for numpy.dtype: a text such as ``f8``, then a state of which only the byte order is used."""

    def __init__(self, text: object, *_align_and_copy: object) -> None:
        text = text.decode("latin1") if isinstance(text, bytes) else text
        if not isinstance(text, str) or _DTYPE.fullmatch(text) is None:
            raise ValueError(f"arrays of {text!r} are not read, only numbers, booleans and text of one length")
        self.dtype = np.dtype(text)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order = state[1].decode("latin1") if isinstance(state[1], bytes) else state[1]
        if order not in _NATIVE or any(part is not None for part in state[2:5]):
            raise ValueError("arrays of records or of an unknown byte order are not read")
        self.dtype = np.dtype(f"{order}{self.dtype.str[1:]}")


class _StoredArray(np.ndarray):
    """Stands in for numpy.ndarray; its state comes from a file and is checked before numpy sees it."""

    def __new__(cls, *_arguments: object) -> _StoredArray:
        return super().__new__(cls, (0,), np.uint8)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _version, shape, stored, fortran, data = state
        if not isinstance(stored, _StoredDtype) or not isinstance(data, (bytes, bytearray)):
            raise ValueError("an array's state must be a shape, a type of numbers and bytes")
        if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
            raise ValueError(f"an array's shape must be whole numbers from 0, got {shape!r}")
        if math.prod(shape) * stored.dtype.itemsize != len(data):
            raise ValueError(f"an array {shape} of {stored.dtype} does not have {len(data)} bytes")
        checked: Any = (1, shape, stored.dtype, bool(fortran), bytes(data))
        super().__setstate__(checked)


def _reconstruct(kind: object, *_shape_and_type: object) -> np.ndarray:
    if kind is not _StoredArray:
        raise ValueError(f"not an array: {kind!r}")
    return _StoredArray()


def _scalar(stored: object, data: object = None) -> np.generic:
    if not isinstance(stored, _StoredDtype) or not isinstance(data, (bytes, bytearray)):
        raise ValueError("a number's state must be a type of numbers and bytes")
    if len(data) != stored.dtype.itemsize or not data:
        raise ValueError(f"a number of {stored.dtype} does not have {len(data)} bytes")
    return np.frombuffer(bytes(data), stored.dtype)[0]


def _empty_bytes() -> bytes:
    """How protocol 2 writes the bytes of an empty array; with arguments it could ask for any amount of memory."""
    return b""


_STAND_INS: dict[str, Any] = {
    "numpy.ndarray": _StoredArray,
    "numpy.dtype": _StoredDtype,
    "numpy.core.multiarray._reconstruct": _reconstruct,
    "numpy._core.multiarray._reconstruct": _reconstruct,
    "numpy.core.multiarray.scalar": _scalar,
    "numpy._core.multiarray.scalar": _scalar,
    "builtins.bytes": _empty_bytes,
}


def is_array_part(name: str) -> bool:
    """A name that pickles of numpy arrays and numbers bring."""
    return name in _STAND_INS


def array_stand_ins(names: list[str]) -> list[tuple[Any, str]]:
    """What torch.load is to take for those of ``names`` that belong to arrays; numpy itself is never called by name."""
    return [(_STAND_INS[name], name) for name in names if name in _STAND_INS]
