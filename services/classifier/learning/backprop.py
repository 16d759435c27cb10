"""The upper layers of the sentence model forwards and backwards in numpy: small enough to be written down, and the same every time."""

from typing import Any, Final

import numpy as np

from services.classifier.assess.core.scored import Floats
from services.classifier.assess.sentence.encoder import LAYER_PARTS, Layer

__all__ = ["backward", "forward"]

_EPSILON: Final = np.float32(1e-12)
_ROOT: Final = np.float32(0.7978845608)
_CUBE: Final = np.float32(0.044715)

Kept = dict[str, Any]
"""What a layer's way back needs of its way there."""


def forward(
    state: Floats, mask: Floats, layer: Layer, heads: int, keep: tuple[Floats, Floats] | None = None
) -> tuple[Floats, Kept]:
    """`state` is (texts, pieces, hidden), `mask` (texts, pieces) 1 where there is a piece;
    `keep` are the two dropout masks, already scaled.
    """
    texts, pieces, hidden = state.shape
    size = hidden // heads
    flat = state.reshape(-1, hidden)

    def parted(part: str) -> Floats:
        made = flat @ layer[f"{part}.w"] + layer[f"{part}.b"]
        return np.ascontiguousarray(made.reshape(texts, pieces, heads, size).transpose(0, 2, 1, 3))

    query, key, value = parted("q"), parted("k"), parted("v")
    weight = query @ key.transpose(0, 1, 3, 2) * np.float32(size**-0.5)
    weight += (mask[:, None, None, :] - 1) * np.float32(1e9)
    weight -= weight.max(axis=-1, keepdims=True)
    np.exp(weight, out=weight)
    weight /= weight.sum(axis=-1, keepdims=True)
    seen = (weight @ value).transpose(0, 2, 1, 3).reshape(-1, hidden)
    out = seen @ layer["ao.w"] + layer["ao.b"]
    middle, norm1 = _norm(flat + (out if keep is None else out * keep[0]), layer["aln.w"], layer["aln.b"])
    wide = middle @ layer["fi.w"] + layer["fi.b"]
    bent = np.tanh(_ROOT * (wide + _CUBE * wide**3))
    inner = np.float32(0.5) * wide * (1 + bent)
    out = inner @ layer["fo.w"] + layer["fo.b"]
    end, norm2 = _norm(middle + (out if keep is None else out * keep[1]), layer["oln.w"], layer["oln.b"])
    kept: Kept = {"flat": flat, "q": query, "k": key, "v": value, "weight": weight, "seen": seen, "middle": middle}
    kept |= {"norm1": norm1, "norm2": norm2, "wide": wide, "bent": bent, "inner": inner, "keep": keep}
    return end.reshape(state.shape), kept


def backward(slope: Floats, kept: Kept, layer: Layer) -> tuple[Floats, Layer]:
    """From the slope of the loss by the layer's end to the slopes by its beginning and by its weights."""
    shape = slope.shape
    found: Layer = {}
    end = slope.reshape(-1, shape[-1])
    end = _norm_back(end, kept["norm2"], layer["oln.w"], found, "oln")
    out = end if kept["keep"] is None else end * kept["keep"][1]
    inner = _linear_back(out, kept["inner"], layer, found, "fo")
    wide, bent = kept["wide"], kept["bent"]
    inner *= 0.5 * (1 + bent) + 0.5 * wide * (1 - bent * bent) * _ROOT * (1 + 3 * _CUBE * wide * wide)
    middle = end + _linear_back(inner, kept["middle"], layer, found, "fi")
    middle = _norm_back(middle, kept["norm1"], layer["aln.w"], found, "aln")
    out = middle if kept["keep"] is None else middle * kept["keep"][0]
    seen = _linear_back(out, kept["seen"], layer, found, "ao")
    return (middle + _attention_back(seen, kept, layer, found, shape)).reshape(shape), found


def _attention_back(slope: Floats, kept: Kept, layer: Layer, found: Layer, shape: tuple[int, ...]) -> Floats:
    texts, pieces, hidden = shape
    size = kept["q"].shape[-1]
    heads = hidden // size
    seen = slope.reshape(texts, pieces, heads, size).transpose(0, 2, 1, 3)
    weight = kept["weight"]
    by_weight = seen @ kept["v"].transpose(0, 1, 3, 2)
    by_score = weight * (by_weight - (by_weight * weight).sum(axis=-1, keepdims=True)) * np.float32(size**-0.5)
    slopes = {"v": weight.transpose(0, 1, 3, 2) @ seen, "q": by_score @ kept["k"]}
    slopes["k"] = by_score.transpose(0, 1, 3, 2) @ kept["q"]
    total: Floats = np.zeros((texts * pieces, hidden), dtype=np.float32)
    for part in LAYER_PARTS[:3]:
        flat = slopes[part].transpose(0, 2, 1, 3).reshape(-1, hidden)
        total += _linear_back(flat, kept["flat"], layer, found, part)
    return total


def _linear_back(slope: Floats, before: Floats, layer: Layer, found: Layer, part: str) -> Floats:
    found[f"{part}.w"] = before.T @ slope
    found[f"{part}.b"] = slope.sum(axis=0)
    back: Floats = slope @ layer[f"{part}.w"].T
    return back


def _norm(state: Any, weight: Floats, bias: Floats) -> tuple[Floats, tuple[Floats, Floats]]:
    centred = state - state.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + _EPSILON)
    centred /= spread
    return centred * weight + bias, (centred, spread)


def _norm_back(slope: Floats, norm: tuple[Floats, Floats], weight: Floats, found: Layer, name: str) -> Floats:
    centred, spread = norm
    found[f"{name}.w"] = (slope * centred).sum(axis=0)
    found[f"{name}.b"] = slope.sum(axis=0)
    by = slope * weight
    back: Floats = (
        by - by.mean(axis=-1, keepdims=True) - centred * (by * centred).mean(axis=-1, keepdims=True)
    ) / spread
    return back
