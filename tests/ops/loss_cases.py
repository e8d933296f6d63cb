"""Samples of losses, distances and recurrent layers. torch is what they are compared with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tests.ops.cases import CASES, Rng, x

Row = tuple[Any, ...]


def rows(*makers: Any) -> Any:
    """One row from each function of the random generator."""
    return lambda rng: [make(rng) for make in makers]


def ints(rng: Rng, high: int, *shape: int) -> Any:
    return rng.integers(0, high, shape)


def positive(rng: Rng, *shape: int) -> Any:
    return np.abs(x(rng, *shape)) + np.float32(0.1)


def signs(rng: Rng, *shape: int) -> Any:
    return (rng.integers(0, 2, shape) * 2 - 1).astype(np.float32)


def unit(rng: Rng, *shape: int) -> Any:
    return rng.random(shape).astype(np.float32)


# -- losses -----------------------------------------------------------------------------------------------------------


def _losses(*makers: Any) -> Any:
    """The rows of `makers`, each with the three reductions in the place that holds Ellipsis."""

    def make(rng: Rng) -> Iterable[Row]:
        for maker in makers:
            for reduction in (0, 1, 2):
                yield tuple(reduction if v is ... else v for v in maker(rng))

    return make


def _classes(name: str) -> Any:
    smooth: Row = (0.0,) if name == "cross_entropy_loss" else ()
    more: list[Any] = []
    if name == "cross_entropy_loss":
        more = [
            lambda rng: (x(rng, 4, 3), ints(rng, 3, 4), None, ..., -100, 0.2),
            lambda rng: (x(rng, 4, 3, 2), ints(rng, 3, 4, 2), positive(rng, 3), ..., 1, 0.1),
            lambda rng: (x(rng, 4, 3), unit(rng, 4, 3), positive(rng, 3), ..., -100, 0.1),
        ]
    return _losses(
        lambda rng: (x(rng, 4, 3), ints(rng, 3, 4), None, ..., -100, *smooth),
        lambda rng: (x(rng, 4, 3), ints(rng, 3, 4), positive(rng, 3), ..., 1, *smooth),
        *more,
    )


def _ctc(rng: Rng) -> Iterable[Row]:
    logs = x(rng, 8, 2, 5)
    logs = (logs - np.log(np.exp(logs).sum(-1, keepdims=True))).astype(np.float32)
    targets = rng.integers(1, 5, (2, 3))
    for reduction in (0, 1, 2):
        for targets_ in (targets, targets.reshape(-1)):
            yield logs, targets_, [8, 7], [3, 3], 0, reduction, False
        yield logs, targets, [8, 5], [3, 2], 0, reduction, True
        yield logs, np.array([[1, 1, 1], [2, 2, 3]]), [4, 3], [3, 3], 0, reduction, True


_pair = (lambda rng: (x(rng, 3, 4), x(rng, 3, 4), ...), lambda rng: (x(rng, 5), x(rng, 5), ...))
CASES |= {
    "l1_loss": _losses(*_pair),
    "mse_loss": _losses(*_pair),
    "soft_margin_loss": _losses(lambda rng: (x(rng, 3, 4), signs(rng, 3, 4), ...)),
    "smooth_l1_loss": _losses(*(lambda rng, b=b: (x(rng, 3, 4), x(rng, 3, 4), ..., b) for b in (1.0, 0.0, 0.3))),
    "huber_loss": _losses(*(lambda rng, d=d: (x(rng, 3, 4), x(rng, 3, 4), ..., d) for d in (1.0, 0.3))),
    "binary_cross_entropy": _losses(
        *(lambda rng, w=w: (unit(rng, 3, 4), unit(rng, 3, 4), positive(rng, 4) if w else None, ...) for w in (0, 1))
    ),
    "binary_cross_entropy_with_logits": _losses(
        lambda rng: (x(rng, 3, 4), unit(rng, 3, 4), None, None, ...),
        lambda rng: (x(rng, 3, 4), unit(rng, 3, 4), positive(rng, 4), positive(rng, 4), ...),
    ),
    "kl_div": _losses(
        *(lambda rng, g=g: (x(rng, 3, 4), x(rng, 3, 4) if g else unit(rng, 3, 4), ..., g) for g in (True, False))
    ),
    "poisson_nll_loss": _losses(
        *(
            lambda rng, g=g, f=f: (positive(rng, 3, 4), positive(rng, 3, 4) * 2, g, f, 1e-8, ...)
            for g in (True, False)
            for f in (True, False)
        )
    ),
    "hinge_embedding_loss": _losses(lambda rng: (x(rng, 3, 4), signs(rng, 3, 4), 0.7, ...)),
    "cosine_embedding_loss": _losses(
        lambda rng: (x(rng, 3, 4), x(rng, 3, 4), signs(rng, 3), 0.1, ...),
        lambda rng: (x(rng, 4), x(rng, 4), signs(rng), 0.0, ...),
    ),
    "margin_ranking_loss": _losses(lambda rng: (x(rng, 3), x(rng, 3), signs(rng, 3), 0.2, ...)),
    "triplet_margin_loss": _losses(
        *(lambda rng, s=s: (x(rng, 3, 4), x(rng, 3, 4), x(rng, 3, 4), 1.0, 2.0, 1e-6, s, ...) for s in (True, False))
    ),
    "multi_margin_loss": _losses(
        lambda rng: (x(rng, 3, 4), ints(rng, 4, 3), 1, 1.0, None, ...),
        lambda rng: (x(rng, 3, 4), ints(rng, 4, 3), 2, 0.5, positive(rng, 4), ...),
    ),
    "multilabel_margin_loss": _losses(
        lambda rng: (x(rng, 2, 4), np.array([[3, 0, -1, 1], [1, -1, 2, 0]]), ...),
        lambda rng: (x(rng, 4), np.array([3, 0, -1, 1]), ...),
    ),
    "nll_loss_nd": _classes("nll_loss_nd"),
    "nll_loss": _classes("nll_loss"),
    "nll_loss2d": _losses(lambda rng: (x(rng, 2, 3, 4, 5), ints(rng, 3, 2, 4, 5), None, ..., -100)),
    "cross_entropy_loss": _classes("cross_entropy_loss"),
    "ctc_loss.IntList": _ctc,
    "ctc_loss.Tensor": lambda rng: [(a, b, np.array(c), np.array(d), *rest) for a, b, c, d, *rest in _ctc(rng)],
    "pairwise_distance": rows(*(
        lambda rng, p=p, k=k: (x(rng, 3, 4), x(rng, 3, 4), p, 1e-6, k) for p in (2.0, 1.0) for k in (True, False)
    )),
    "cosine_similarity": rows(*(lambda rng, d=d: (x(rng, 3, 4), x(rng, 3, 4), d, 1e-8) for d in (0, 1, -1))),
    "pdist": rows(*(lambda rng, p=p, n=n: (x(rng, n, 4), p) for p in (2.0, 1.0, 0.0) for n in (5, 1))),
    "cdist": rows(*(lambda rng, p=p: (x(rng, 3, 4), x(rng, 5, 4), p, None) for p in (2.0, 1.0))),
}  # fmt: skip

# -- recurrence -------------------------------------------------------------------------------------------------------


def recurrent_weights(
    rng: Rng, gates: int, inner: int, hidden: int, layers: int, sides: int, biases: bool
) -> list[Any]:
    found: list[Any] = []
    for layer in range(layers):
        for _ in range(sides):
            width = inner if layer == 0 else hidden * sides
            found += [x(rng, gates * hidden, width), x(rng, gates * hidden, hidden)]
            found += [x(rng, gates * hidden), x(rng, gates * hidden)] if biases else []
    return [w * np.float32(0.3) for w in found]


def _recurrent(gates: int, pair: bool) -> Any:
    def make(rng: Rng) -> Iterable[Row]:
        for layers, both, biases, batch_first in (
            (1, False, True, False),
            (2, True, True, True),
            (2, False, False, False),
            (1, True, False, True),
        ):
            states = layers * (1 + both)
            h = x(rng, states, 2, 4)
            image = x(rng, 2, 5, 3) if batch_first else x(rng, 5, 2, 3)
            params = recurrent_weights(rng, gates, 3, 4, layers, 1 + both, biases)
            yield (
                image, [h, x(rng, states, 2, 4)] if pair else h, params, biases, layers, 0.0, False, both, batch_first
            )  # fmt: skip

    return make


def _cell(gates: int, pair: bool) -> Any:
    def make(rng: Rng) -> Iterable[Row]:
        for biases in (True, False):
            w, u, *b = recurrent_weights(rng, gates, 3, 4, 1, 1, biases)
            h = x(rng, 2, 4)
            yield x(rng, 2, 3), [h, x(rng, 2, 4)] if pair else h, w, u, *(b or (None, None))

    return make


for _name, _gates in (("lstm", 4), ("gru", 3), ("rnn_tanh", 1), ("rnn_relu", 1)):
    CASES[f"{_name}.input"] = _recurrent(_gates, _name == "lstm")
    CASES[f"{_name}_cell"] = _cell(_gates, _name == "lstm")
