"""Samples of the attention layers that torch's modules call where nothing is trained, and of recurrence over packed
sequences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tests.ops.cases import CASES, Rng, x
from tests.ops.loss_cases import Row, recurrent_weights

WIDTH, HEADS = 8, 2
BATCH, LENGTH = 2, 3


def _masks(rng: Rng) -> list[tuple[Any, int | None]]:
    """(mask, its kind): none, over positions, over the keys of each sequence, all; numbers count as true."""
    positions = np.triu(np.ones((LENGTH, LENGTH), bool), 1)
    keys = np.array([[False, False, True], [True, True, True]])
    return [
        (None, None),
        (positions, 0),
        (keys, 1),
        (keys.astype(np.float32), 1),
        (np.broadcast_to(positions, (BATCH, HEADS, LENGTH, LENGTH)).copy(), 2),
        (keys, None),
    ]


def _projections(rng: Rng) -> list[Any]:
    sizes = ((3 * WIDTH, WIDTH), (3 * WIDTH,), (WIDTH, WIDTH), (WIDTH,))
    return [x(rng, *size) * np.float32(0.3) for size in sizes]


def _attention(rng: Rng) -> Iterable[Row]:
    for mask, kind in _masks(rng):
        # Without weights torch's second result is undefined, which no other language has: the encoder layer asks so.
        for weights, average in ((True, True), (True, False)):
            q = x(rng, BATCH, LENGTH, WIDTH)
            yield q, q, q, WIDTH, HEADS, *_projections(rng), mask, weights, average, kind


def _encoder_layer(rng: Rng) -> Iterable[Row]:
    for mask, kind in _masks(rng):
        for gelu, first in ((True, True), (False, False)):
            norms = [x(rng, WIDTH) for _ in range(4)]
            inner = [x(rng, 5, WIDTH), x(rng, 5), x(rng, WIDTH, 5), x(rng, WIDTH)]
            projections = _projections(rng)
            src = x(rng, BATCH, LENGTH, WIDTH)
            yield src, WIDTH, HEADS, *projections, gelu, first, 1e-5, *norms, *inner, mask, kind


def _packed(gates: int, pair: bool) -> Any:
    """Sequences of lengths 4, 2, 2 and 1, packed: the batch at each time is the sequences that have not ended."""

    def make(rng: Rng) -> Iterable[Row]:
        sizes = np.array([4, 3, 1, 1])
        for layers, both, biases in ((1, False, True), (2, True, True), (2, False, False)):
            states = layers * (1 + both)
            h = x(rng, states, 4, 4)
            params = recurrent_weights(rng, gates, 3, 4, layers, 1 + both, biases)
            data = x(rng, int(sizes.sum()), 3)
            yield data, sizes, [h, x(rng, states, 4, 4)] if pair else h, params, biases, layers, 0.0, False, both

    return make


def _padded(rng: Rng) -> Iterable[Row]:
    lengths = np.array([4, 2, 2, 1])
    for first in (False, True):
        yield x(rng, 4, 5, 3) if first else x(rng, 5, 4, 3), lengths, first
        yield x(rng, 4, 4) if first else np.arange(16).reshape(4, 4), lengths, first


def _unpadded(rng: Rng) -> Iterable[Row]:
    sizes = np.array([4, 3, 1, 1])
    for first, padding, total in ((False, 0.0, -1), (True, 0.5, 6), (True, -1.0, 4)):
        yield x(rng, 9, 3), sizes, first, padding, total
        yield np.arange(9), sizes, first, padding, total


CASES["_pack_padded_sequence"] = _padded
CASES["_pad_packed_sequence"] = _unpadded
CASES["_native_multi_head_attention"] = _attention
CASES["_transformer_encoder_layer_fwd"] = _encoder_layer
for _name, _gates in (("lstm", 4), ("gru", 3), ("rnn_tanh", 1), ("rnn_relu", 1)):
    CASES[f"{_name}.data"] = _packed(_gates, _name == "lstm")
