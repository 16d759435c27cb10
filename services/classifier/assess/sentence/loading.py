"""The encoder from the base's file and the tuned arrays of our own."""

from pathlib import Path
from typing import Final

from services.classifier.assess.core.scored import Floats
from services.classifier.assess.sentence.base_weights import read_base
from services.classifier.assess.sentence.encoder import Encoder, Layer, ReadOut

__all__ = ["load_encoder"]

_READ_OUT: Final = ("weights", "start", "usual")


def load_encoder(base: Path, arrays: dict[str, Floats]) -> Encoder:
    """`arrays` are named `l<number>.<part>`; the model ends with the last tuned layer. Raises Permanent on a foreign base."""
    tuned: dict[int, Layer] = {}
    for name, values in arrays.items():
        if name not in _READ_OUT:
            number, part = name[1:].split(".", 1)
            tuned.setdefault(int(number), {})[part] = values
    read_out = ReadOut(*(arrays[name] for name in _READ_OUT))
    return Encoder(read_base(base), tuned, read_out, layers=max(tuned) + 1)
