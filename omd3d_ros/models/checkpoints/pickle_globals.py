"""Which functions and classes a pickle asks for, found by reading its opcodes; nothing of it is run."""

from __future__ import annotations

import io
import pickletools
import re
import zipfile
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from pathlib import Path
from typing import IO

_LEGACY_PICKLES = 5  # magic number, protocol, system, the object, names of the storages that follow
_PLAIN = re.compile(
    r"""collections\.(OrderedDict|Counter)
    |torch\._tensor\._rebuild_from_type_v2
    |torch\._utils\._rebuild_(tensor|tensor_v2|tensor_v3|parameter|parameter_with_state)
    |torch\.nn\.parameter\.Parameter
    |torch\.(Size|Tensor|device)
    |torch\.\w*Storage | torch\.storage\.(Untyped|Typed)Storage
    |torch\.(u?int\d+ | float\w* | bfloat16 | double | half | long | bool | complex\d+)
    |torch\.serialization\._get_layout
    |_codecs\.encode
    |builtins\.(set|bytearray|complex)
    """,
    re.VERBOSE,
)
# Containers of settings, known by the class name alone: the stand-in never imports what the file names.
_CONFIG = re.compile(r"([\w.]+\.)?(EasyDict|AttrDict|ConfigDict|CfgNode|Namespace)|addict\.addict\.Dict")


def is_plain(name: str) -> bool:
    """A part of a tensor, or a container of Python's own."""
    return _PLAIN.fullmatch(name) is not None


def is_config(name: str) -> bool:
    """A dict-like class that holds settings, such as ``ChatQformer.utils.easydict.EasyDict``."""
    return _CONFIG.fullmatch(name) is not None


def is_archive(path: Path) -> bool:
    """Whether torch.load takes the file for an archive: it looks at the first bytes alone."""
    with open(path, "rb") as file:
        return file.read(4) == b"PK\x03\x04"


def globals_of(path: Path) -> list[str]:
    """``module.name`` of every global that the file's pickles name, in order.  Raises ValueError on broken opcodes."""
    found: list[str] = []
    if is_archive(path):
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():  # not by name: there may be two of one name
                if entry.filename.rpartition("/")[2] == "data.pkl":
                    with archive.open(entry) as inside:
                        found += _globals_of_pickle(io.BufferedReader(inside))  # type: ignore[type-var]
        return found
    with open(path, "rb") as file:
        found += _globals_of_pickle(file)
        for _ in range(_LEGACY_PICKLES - 1):
            try:
                found += _globals_of_pickle(file)
            except ValueError:  # a file of one pickle: what follows is not opcodes
                break
    return found


def _globals_of_pickle(file: IO[bytes]) -> list[str]:
    found: list[str] = []
    texts: list[str] = []
    memo: dict[int, str] = {}
    last = ""
    for opcode, argument, _ in pickletools.genops(file):
        if opcode.name in ("GLOBAL", "INST"):
            found.append(_full_name(*str(argument).split(" ", 1)))
        elif opcode.name == "STACK_GLOBAL":
            found.append(_full_name(*texts[-2:]) if len(texts) > 1 else "a computed name")
        elif isinstance(argument, str):
            last = argument
            texts.append(argument)
        elif opcode.name in ("MEMOIZE", "BINPUT", "LONG_BINPUT", "PUT"):
            memo[len(memo) if argument is None else argument] = last
        elif opcode.name in ("BINGET", "LONG_BINGET", "GET") and argument in memo:
            texts.append(memo[argument])
    return found


def _full_name(module: str, name: str) -> str:
    """The name in Python 3: old pickles write ``__builtin__`` for ``builtins``."""
    if (module, name) in NAME_MAPPING:
        module, name = NAME_MAPPING[(module, name)]
    return f"{IMPORT_MAPPING.get(module, module)}.{name}"
