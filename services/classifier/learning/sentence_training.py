"""Tunes the upper layers of the sentence model and its read-out on labelled reports. Numpy alone; the same seed gives the same model."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.classifier.assess.core.scored import OUTPUTS, URGENCY, Floats
from services.classifier.assess.sentence.encoder import Layer, ReadOut
from services.classifier.learning.backprop import backward, forward

__all__ = ["Schedule", "Tuned", "tune"]

CUTS: Final = np.array([-2.0, -0.7, 0.7, 2.0], dtype=np.float32)
"""Where the levels begin on the urgency line at first; they learn too."""
_BETA1, _BETA2, _TINY = 0.9, 0.999, 1e-8


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast."""

    epochs: int = 5
    batch_texts: int = 32
    rate: float = 2e-4
    read_out_rate: float = 2e-3
    warm_up: float = 0.1
    """The share of steps over which the rates rise; then they fall along a cosine."""
    dropout: float = 0.1
    lost_pieces: float = 0.08
    """The share of pieces that a text loses each time it is shown: a word missed or misspelt must not decide."""
    urgency_share: float = 0.8
    decay: float = 0.01


@dataclass(slots=True)
class Tuned:
    layers: list[Layer]
    read_out: ReadOut


@dataclass(slots=True)
class _Batch:
    state: Floats
    mask: Floats
    shares: Floats
    above: Floats
    weights: Floats


def tune(
    layers: list[Layer],
    states: Sequence[NDArray[np.float16]],
    shares: Floats,
    urgency: NDArray[np.int64],
    *,
    heads: int,
    seed: int,
    schedule: Schedule,
    progress: Callable[[int, int, float], None] = lambda *_: None,
) -> Tuned:
    """`states` are those of each text's pieces below the layers; `shares` the target shares of the categories, `urgency` levels 0–4.

    Adam with decoupled decay (Loshchilov and Hutter 2019). `progress` hears (step, steps, mean loss of the last steps).
    """
    rng = np.random.default_rng(seed)
    values: list[Layer] = [{name: value.copy() for name, value in layer.items()} for layer in layers]
    head: Layer = {
        "w": (rng.normal(size=(states[0].shape[1], OUTPUTS)) * 0.02).astype(np.float32),
        "b": np.zeros(OUTPUTS, dtype=np.float32),
        "cuts": CUTS.copy(),
    }
    moments = [[{name: np.zeros_like(value) for name, value in part.items()} for part in (*values, head)] for _ in "mv"]
    balance = _balance(shares)
    steps = schedule.epochs * -(-len(states) // schedule.batch_texts)
    step, losses = 0, 0.0
    for _ in range(schedule.epochs):
        for batch in _batches(states, shares, urgency, balance=balance, schedule=schedule, rng=rng):
            loss, slopes = _slopes(values, head, batch, heads=heads, schedule=schedule, rng=rng)
            pace = _pace(step / steps, schedule.warm_up)
            step += 1
            for number, (part, slope) in enumerate(zip((*values, head), slopes, strict=True)):
                rate = pace * (schedule.rate if part is not head else schedule.read_out_rate)
                _adam(part, slope, (moments[0][number], moments[1][number]), rate=rate, step=step, decay=schedule.decay)
            losses += loss
            if step % 20 == 0:
                progress(step, steps, losses / 20)
                losses = 0.0
    return Tuned(values, _read_out(values, head, states, heads))


def _balance(shares: Floats) -> Floats:
    """Rare categories count more, by the root of how rare they are."""
    counts = shares.sum(axis=0)
    weights: Floats = np.sqrt(counts.sum() / len(counts) / np.maximum(counts, 1)).astype(np.float32)
    return weights


def _batches(
    states: Sequence[NDArray[np.float16]],
    shares: Floats,
    urgency: NDArray[np.int64],
    *,
    balance: Floats,
    schedule: Schedule,
    rng: np.random.Generator,
) -> Iterator[_Batch]:
    """Texts of about one length together, in another order each time."""
    order = np.argsort([len(state) + rng.random() * 12 for state in states], kind="stable")
    parts = [order[at : at + schedule.batch_texts] for at in range(0, len(order), schedule.batch_texts)]
    for part in rng.permutation(len(parts)):
        rows = parts[part]
        shown = [_lossy(states[row], schedule.lost_pieces, rng) for row in rows]
        longest = max(map(len, shown))
        state = np.stack([np.resize(each, (longest, each.shape[1])) for each in shown]).astype(np.float32)
        mask = (np.arange(longest)[None, :] < np.array([len(each) for each in shown])[:, None]).astype(np.float32)
        above = (urgency[rows][:, None] > np.arange(len(CUTS))[None, :]).astype(np.float32)
        yield _Batch(state, mask, shares[rows], above, shares[rows] @ balance)


def _lossy(state: NDArray[np.float16], lost: float, rng: np.random.Generator) -> NDArray[np.float16]:
    kept = rng.random(len(state)) >= lost
    kept[0] = True
    return state[kept]


def _slopes(
    layers: list[Layer], head: Layer, batch: _Batch, *, heads: int, schedule: Schedule, rng: np.random.Generator
) -> tuple[float, list[Layer]]:
    state, kept = batch.state, []
    for layer in layers:
        rows = (state.shape[0] * state.shape[1], state.shape[2])
        masks = (_dropout(rows, schedule.dropout, rng), _dropout(rows, schedule.dropout, rng))
        state, keep = forward(state, batch.mask, layer, heads, masks)
        kept.append(keep)
    share = (batch.mask / batch.mask.sum(axis=1, keepdims=True))[:, :, None]
    mean = (state * share).sum(axis=1)
    mask = _dropout(mean.shape, schedule.dropout, rng)
    loss, by_mean, by_head = _head_slopes(mean * mask, head, batch, schedule.urgency_share)
    slope = (by_mean * mask)[:, None, :] * share
    slopes: list[Layer] = []
    for layer, keep in zip(layers[::-1], kept[::-1], strict=True):
        slope, by_layer = backward(slope, keep, layer)
        slopes.append(by_layer)
    return loss, [*slopes[::-1], by_head]


def _head_slopes(mean: Floats, head: Layer, batch: _Batch, urgency_share: float) -> tuple[float, Floats, Layer]:
    """Softmax over the categories, cumulative logits for urgency."""
    outputs = mean @ head["w"] + head["b"]
    logits = outputs[:, :URGENCY] - outputs[:, :URGENCY].max(axis=1, keepdims=True)
    chances = np.exp(logits)
    chances /= chances.sum(axis=1, keepdims=True)
    steps = outputs[:, URGENCY:] - head["cuts"][None, :]
    reached = 1 / (1 + np.exp(-np.clip(steps, -30, 30)))
    loss = -(batch.shares * np.log(chances + 1e-9)).sum(axis=1) @ batch.weights
    loss += urgency_share * (np.logaddexp(0, steps) - batch.above * steps).sum()
    by_output = np.zeros_like(outputs)
    by_output[:, :URGENCY] = (chances - batch.shares) * batch.weights[:, None]
    by_step = urgency_share * (reached - batch.above)
    by_output[:, URGENCY] = by_step.sum(axis=1)
    by_output /= np.float32(len(mean))
    slopes = {"w": mean.T @ by_output, "b": by_output.sum(axis=0), "cuts": -by_step.sum(axis=0) / np.float32(len(mean))}
    return float(loss) / len(mean), by_output @ head["w"].T, slopes


def _dropout(shape: tuple[int, ...], rate: float, rng: np.random.Generator) -> Floats:
    mask: Floats = (rng.random(shape, dtype=np.float32) >= rate).astype(np.float32) / np.float32(1 - rate)
    return mask


def _pace(done: float, warm_up: float) -> float:
    if done < warm_up:
        return done / warm_up
    return 0.02 + 0.98 * float(1 + np.cos(np.pi * (done - warm_up) / (1 - warm_up))) / 2


def _adam(values: Layer, slopes: Layer, moments: tuple[Layer, Layer], *, rate: float, step: int, decay: float) -> None:
    first, second = moments
    for name in values:
        slope = slopes[name].astype(np.float32)
        norm = float(np.sqrt((slope * slope).sum()))
        if norm > 1:
            slope /= np.float32(norm)
        first[name] += np.float32(1 - _BETA1) * (slope - first[name])
        second[name] += np.float32(1 - _BETA2) * (slope * slope - second[name])
        stride = np.float32(rate * np.sqrt(1 - _BETA2**step) / (1 - _BETA1**step))
        step_taken = stride * first[name] / (np.sqrt(second[name]) + np.float32(_TINY))
        values[name] -= step_taken + np.float32(rate * decay) * values[name]


def _read_out(layers: list[Layer], head: Layer, states: Sequence[NDArray[np.float16]], heads: int) -> ReadOut:
    """Terms are told against the usual state, so that a word's points are what it adds to an average word."""
    total = np.zeros(states[0].shape[1], dtype=np.float64)
    texts = states[:: max(1, len(states) // 500)]
    for each in texts:
        state = each[None].astype(np.float32)
        for layer in layers:
            state, _ = forward(state, np.ones(state.shape[:2], dtype=np.float32), layer, heads)
        total += state[0].mean(axis=0)
    usual = (total / len(texts)).astype(np.float32)
    start = head["b"] + usual @ head["w"]
    start[URGENCY] -= head["cuts"].mean()
    return ReadOut(head["w"], start, usual)
