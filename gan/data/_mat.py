"""MATLAB's files of version 5: the numeric arrays in them, by name.

    header: 128 bytes, little-endian;   element: uint32 type, uint32 bytes, data, padding to 8 bytes

An element may be deflated, and one of up to four bytes stands in its own tag.

Reference: The MathWorks 2024, "MAT-File Format", mathworks.com/help/pdf_doc/matlab/matfile_format.pdf.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

_MATRIX, _COMPRESSED = 14, 15
_TYPES = {1: "i1", 2: "u1", 3: "<i2", 4: "<u2", 5: "<i4", 6: "<u4", 7: "<f4", 9: "<f8", 12: "<i8", 13: "<u8"}
_NUMERIC = range(6, 16)
"""Classes of arrays of numbers; others are text, structures and cells."""


def load(path: Path) -> dict[str, np.ndarray]:
    """Every real array of numbers.

    Raises:
        ValueError: It is no such file, or is cut short.
        OSError: It cannot be read.
    """
    content = path.read_bytes()
    if len(content) < 128 or content[126:128] != b"IM":
        raise ValueError("it has no header of a little-endian MAT-file of version 5")
    arrays: dict[str, np.ndarray] = {}
    try:
        for kind, data in _elements(memoryview(content)[128:]):
            if kind == _COMPRESSED:
                ((kind, data),) = _elements(memoryview(zlib.decompress(data)))
            if kind == _MATRIX:
                arrays.update(_matrix(data))
    except (struct.error, zlib.error, KeyError) as error:
        raise ValueError(f"it is cut short or broken ({error})") from error
    return arrays


def _elements(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    at = 0
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        if kind >> 16:
            yield kind & 0xFFFF, data[at + 4 : at + 4 + (kind >> 16)]
            at += 8
            continue
        if at + 8 + size > len(data):
            raise ValueError("it is cut short")
        yield kind, data[at + 8 : at + 8 + size]
        at += 8 + (size if kind == _COMPRESSED else size + -size % 8)


def _matrix(data: memoryview) -> dict[str, np.ndarray]:
    """The array of one element by its name; nothing if it is not one of numbers."""
    parts = list(_elements(data))
    if len(parts) < 4 or parts[0][1][0] not in _NUMERIC:
        return {}
    shape = np.frombuffer(parts[1][1], "<i4")
    values = np.frombuffer(parts[3][1], _TYPES[parts[3][0]])
    return {bytes(parts[2][1]).decode("latin1"): values.reshape(shape, order="F")}
