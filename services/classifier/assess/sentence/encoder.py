"""The sentence model: twelve layers of a small transformer in numpy, and what each word adds to the mean of its states."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from services.classifier.assess.core.scored import Floats, Scored
from services.classifier.assess.core.words_in_capitals import lowered
from services.classifier.assess.sentence.base_weights import BaseWeights
from services.classifier.assess.sentence.pieces import Chunk, Pieces
from services.classifier.words import Words

__all__ = ["LAYER_PARTS", "Encoder", "Layer", "ReadOut"]

LAYER_PARTS: Final = ("q", "k", "v", "ao", "fi", "fo")
MOST_PIECES: Final = 250
_PREFIX: Final = "query:"
_EPSILON: Final = 1e-12

Layer = dict[str, Floats]
"""By the names of the file: q.w (in, out), q.b, …, aln.w, aln.b, oln.w, oln.b."""


@dataclass(frozen=True, slots=True)
class ReadOut:
    """From the mean state to the outputs: `weights` (hidden, OUTPUTS), `start` (OUTPUTS,) at the mean state `usual` of all words."""

    weights: Floats
    start: Floats
    usual: Floats


class Encoder:
    """The base's first `layers`; `tuned` take the place of the base's, by number."""

    def __init__(self, base: BaseWeights, tuned: dict[int, Layer], read_out: ReadOut, layers: int) -> None:
        self._base = base
        self._pieces = Pieces(base)
        self._places = base.floats("emb.pos").reshape(-1, base.hidden) + base.floats("emb.type")[: base.hidden]
        self._first_norm = (base.floats("emb.ln.w"), base.floats("emb.ln.b"))
        self.layers = [tuned.get(number) or _base_layer(base, number) for number in range(layers)]
        self._read_out = read_out
        self._before = [piece for _, _, pieces in self._pieces.chunks(_PREFIX, 8) for piece in pieces]

    def score(self, texts: Sequence[Words]) -> list[Scored]:
        """Each text as it stands in `Words.text`, instructions blanked out before."""
        return [self._score(text) for text in texts]

    def chunks(self, text: str) -> list[Chunk]:
        return self._pieces.chunks(lowered(text), MOST_PIECES)

    def states(self, chunks: Sequence[Chunk], layers: int | None = None) -> Floats:
        """The state of each piece (pieces, hidden), those at both ends and the prefix too, after so many layers."""
        inside = [piece for _, _, pieces in chunks for piece in pieces]
        pieces = [self._base.begin, *self._before, *inside, self._base.end]
        state = self._base.quarters("emb.word", np.array(pieces)) + self._places[: len(pieces)]
        state = _normed(state.astype(np.float32), *self._first_norm)
        for layer in self.layers[:layers]:
            state = _through(state, layer, self._base.heads)
        return state

    def _score(self, words: Words) -> Scored:
        chunks = self.chunks(words.text)
        terms = (self.states(chunks) - self._read_out.usual) @ self._read_out.weights
        terms /= np.float32(len(terms))
        by_word = np.zeros((len(words.folded), terms.shape[1]), dtype=np.float32)
        first = 1 + len(self._before)
        rest = terms[:first].sum(axis=0) + terms[-1]
        word = 0
        for start, end, pieces in chunks:
            share = terms[first : first + len(pieces)].sum(axis=0)
            first += len(pieces)
            while word < len(words.starts) and words.ends[word] <= start:
                word += 1
            if word < len(words.starts) and words.starts[word] < end:
                by_word[word] += share
            else:
                rest = rest + share
        return Scored(self._read_out.start, by_word, rest)


def _base_layer(base: BaseWeights, number: int) -> Layer:
    layer: Layer = {}
    for part in LAYER_PARTS:
        layer[f"{part}.w"] = np.ascontiguousarray(base.quarters(f"l{number}.{part}.w").T)
        layer[f"{part}.b"] = base.floats(f"l{number}.{part}.b")
    for norm in ("aln", "oln"):
        layer[f"{norm}.w"], layer[f"{norm}.b"] = base.floats(f"l{number}.{norm}.w"), base.floats(f"l{number}.{norm}.b")
    return layer


def _through(state: Floats, layer: Layer, heads: int) -> Floats:
    count, hidden = state.shape
    size = hidden // heads

    def parted(part: str) -> Floats:
        made: Floats = (state @ layer[f"{part}.w"] + layer[f"{part}.b"]).reshape(count, heads, size).transpose(1, 0, 2)
        return made

    weight = parted("q") @ parted("k").transpose(0, 2, 1) * np.float32(size**-0.5)
    weight -= weight.max(axis=2, keepdims=True)
    np.exp(weight, out=weight)
    weight /= weight.sum(axis=2, keepdims=True)
    seen = (weight @ parted("v")).transpose(1, 0, 2).reshape(count, hidden)
    state = _normed(state + (seen @ layer["ao.w"] + layer["ao.b"]), layer["aln.w"], layer["aln.b"])
    inner = _gelu(state @ layer["fi.w"] + layer["fi.b"])
    return _normed(state + (inner @ layer["fo.w"] + layer["fo.b"]), layer["oln.w"], layer["oln.b"])


def _gelu(values: Floats) -> Floats:
    """By its tanh form (Hendrycks and Gimpel 2016): numpy has no erf, and the difference stays under 0.001."""
    inner = values * values
    inner *= np.float32(0.044715)
    inner += 1
    inner *= values
    inner *= np.float32(0.7978845608)
    np.tanh(inner, out=inner)
    inner += 1
    inner *= values
    inner *= np.float32(0.5)
    return inner


def _normed(state: Any, weight: Floats, bias: Floats) -> Floats:
    centred = state - state.mean(axis=1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(axis=1, keepdims=True) + np.float32(_EPSILON))
    normed: Floats = centred / spread * weight + bias
    return normed
