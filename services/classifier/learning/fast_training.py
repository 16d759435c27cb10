"""Fits the fast tier's table: a softmax over categories and an ordinal line for urgency, both on hashed features."""

from collections.abc import Sequence
from typing import Final
from zlib import crc32

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, log_softmax

from services.classifier.assess.core.concepts import Concepts
from services.classifier.assess.core.fast_model import ROWS, length_scale
from services.classifier.assess.core.lexicon import Found
from services.classifier.assess.core.scored import OUTPUTS, URGENCY
from services.classifier.assess.core.word_features import text_features, word_pieces

__all__ = ["design", "fit_fast"]

Doubles = NDArray[np.float64]

LEVELS_ABOVE: Final = 4
ITERATIONS: Final = 150


def design(texts: Sequence[Found], concepts: Concepts) -> sp.csr_matrix:
    """One row a text, as `FastModel.score` adds it up; a phrase counts by its value."""
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    for row, found in enumerate(texts):
        features = text_features(found, concepts)
        scale = length_scale(len(features.words))
        for word in features.words:
            pieces = list(word_pieces(word))
            columns += [piece % ROWS for piece in pieces]
            values += [scale / np.sqrt(len(pieces))] * len(pieces)
        named = [(name, value) for name, _, value in features.placed] + [(name, 1.0) for name in features.unplaced]
        columns += [crc32(name.encode()) % ROWS for name, _ in named]
        values += [value for _, value in named]
        rows += [row] * (len(columns) - len(rows))
    return sp.csr_matrix((values, (rows, columns)), shape=(len(texts), ROWS))


def fit_fast(
    texts: sp.csr_matrix,
    categories: Doubles,
    urgency: NDArray[np.int64],
    *,
    category_penalty: float,
    urgency_penalty: float,
) -> tuple[Doubles, Doubles]:
    """The table (ROWS, OUTPUTS) and where it starts (OUTPUTS,). `categories` are target shares, `urgency` levels 0–4.

    Penalised maximum likelihood by L-BFGS from zero: the same data give the same table.
    """
    used = np.unique(texts.indices)
    seen = texts[:, used]
    weights = np.zeros((ROWS, OUTPUTS))
    start = np.zeros(OUTPUTS)
    weights[used, :URGENCY], start[:URGENCY] = _softmax(seen, categories, category_penalty)
    weights[used, URGENCY], start[URGENCY] = _ordinal(seen, urgency, urgency_penalty)
    return weights, start


def _softmax(texts: sp.csr_matrix, shares: Doubles, penalty: float) -> tuple[Doubles, Doubles]:
    counts = shares.sum(axis=0)
    balance = np.sqrt(counts.sum() / len(counts) / np.maximum(counts, 1))
    weight_of = shares @ balance
    columns, outputs = texts.shape[1], shares.shape[1]

    def loss(flat: Doubles) -> tuple[float, Doubles]:
        weights, start = flat[: columns * outputs].reshape(columns, outputs), flat[columns * outputs :]
        logs = log_softmax(texts @ weights + start, axis=1)
        wrong = (np.exp(logs) - shares) * weight_of[:, None]
        value = -(shares * logs).sum(axis=1) @ weight_of + penalty / 2 * (weights**2).sum()
        return value, np.concatenate([(texts.T @ wrong + penalty * weights).ravel(), wrong.sum(axis=0)])

    found = minimize(
        loss, np.zeros(columns * outputs + outputs), jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS}
    ).x
    return found[: columns * outputs].reshape(columns, outputs), found[columns * outputs :]


def _ordinal(texts: sp.csr_matrix, levels: NDArray[np.int64], penalty: float) -> tuple[Doubles, float]:
    """Cumulative logits: P(level > k) = expit(x·w − cut_k). The cuts are centred on zero; their mean is where the line starts."""
    above = (levels[:, None] > np.arange(LEVELS_ABOVE)[None, :]).astype(float)
    columns = texts.shape[1]

    def loss(flat: Doubles) -> tuple[float, Doubles]:
        weights, cuts = flat[:columns], flat[columns:]
        logits = (texts @ weights)[:, None] - cuts[None, :]
        value = (np.logaddexp(0, logits) - above * logits).sum() + penalty / 2 * (weights**2).sum()
        wrong = expit(logits) - above
        return value, np.concatenate([texts.T @ wrong.sum(axis=1) + penalty * weights, -wrong.sum(axis=0)])

    begin = np.concatenate([np.zeros(columns), np.array([-1.5, -0.5, 0.5, 1.5])])
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS}).x
    return found[:columns], float(-found[columns:].mean())
