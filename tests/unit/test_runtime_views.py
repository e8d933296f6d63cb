"""Views, copies, joins and creation functions of the runtime against torch, on shapes with every kind of stride."""

from __future__ import annotations

import ctypes as ct
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from runtime_library import CC, DTYPES, EMPTY_MODEL_C, List, Runtime, RuntimeStatusError, build

pytestmark = pytest.mark.skipif(CC is None, reason="no C compiler")


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    folder: Path = tmp_path_factory.mktemp("runtime")
    yield Runtime(build(folder, "runtime.so", EMPTY_MODEL_C, flags=("-shared",)))


def samples() -> list[torch.Tensor]:
    base = torch.arange(120, dtype=torch.float32).reshape(2, 3, 4, 5)
    return [
        torch.tensor(3.5),
        torch.arange(6.0),
        base,
        base.permute(2, 0, 3, 1),
        base[:, ::2, 1:, ::3],
        base[:1].expand(4, 3, 4, 5),
        torch.zeros(0, 3),
        torch.zeros(2, 0, 3),
        base[:, :, :1],
        base[0, 0].t(),
        torch.ones(1, 1, 7),
        torch.ones(1)[0:0],
    ]


def same(runtime: Runtime, ours: Callable[[], Any], theirs: Callable[[], Any]) -> None:
    """Both give the same tensors, or both fail."""
    try:
        wanted = theirs()
    except (RuntimeError, IndexError, ValueError, TypeError):
        with pytest.raises(RuntimeStatusError):
            ours()
        return
    result = ours()
    if isinstance(wanted, tuple | list):
        arrays = runtime.arrays(result)
        assert len(arrays) == len(wanted)
        for a, b in zip(arrays, wanted, strict=True):
            np.testing.assert_array_equal(a, b.numpy(), strict=True)
        return
    np.testing.assert_array_equal(runtime.array(result), wanted.numpy(), strict=True)


@pytest.mark.parametrize("x", samples(), ids=lambda t: "x".join(map(str, t.shape)) or "scalar")
def test_views_of_one_dim(runtime: Runtime, x: torch.Tensor) -> None:
    t = runtime.tensor(x.numpy())
    for dim in range(-x.dim() - 1, x.dim() + 2):
        for index in (-6, -1, 0, 1, 4):
            same(
                runtime,
                lambda d=dim, i=index: runtime.call("aj_view_select", t, d, i),
                lambda d=dim, i=index: x.select(d, i),
            )
        for start, end, step in itertools.product((None, -2, 0, 1, 9), (None, -1, 0, 3, 9), (1, 2, 5)):

            def ours(d: int = dim, s: int | None = start, e: int | None = end, k: int = step) -> Any:
                return runtime.call("aj_view_slice", t, d, s is not None, s or 0, e is not None, e or 0, k)

            same(runtime, ours, lambda d=dim, s=start, e=end, k=step: torch.ops.aten.slice(x, d, s, e, k))
        same(runtime, lambda d=dim: runtime.call("aj_view_unsqueeze", t, d), lambda d=dim: x.unsqueeze(d))
        same(runtime, lambda d=dim: runtime.call("aj_view_squeeze_dim", t, d), lambda d=dim: x.squeeze(d))
        same(runtime, lambda d=dim: runtime.call("aj_view_unbind", t, d, out=List), lambda d=dim: x.unbind(d))
        for n in (1, 2, 3, 7):
            same(
                runtime,
                lambda d=dim, n=n: runtime.call("aj_view_chunk", t, n, d, out=List),
                lambda d=dim, n=n: x.chunk(n, d),
            )
            same(
                runtime,
                lambda d=dim, n=n: runtime.call("aj_view_split", t, n, d, out=List),
                lambda d=dim, n=n: x.split(n, d),
            )
            same(
                runtime,
                lambda d=dim, n=n: runtime.call("aj_view_narrow", t, d, 1, n),
                lambda d=dim, n=n: x.narrow(d, 1, n),
            )
        for other in range(-x.dim() - 1, x.dim() + 1):
            same(
                runtime,
                lambda d=dim, o=other: runtime.call("aj_view_transpose", t, d, o),
                lambda d=dim, o=other: x.transpose(d, o),
            )
            same(
                runtime,
                lambda d=dim, o=other: runtime.call("aj_view_flatten", t, d, o),
                lambda d=dim, o=other: x.flatten(d, o),
            )
        same(
            runtime,
            lambda d=dim: runtime.call("aj_view_split_with_sizes", t, runtime.ints([1, 2]), d, out=List),
            lambda d=dim: x.split_with_sizes([1, 2], d),
        )
        for parts in ([-1, 2], [1, 3], [5], [2, 1, -1]):
            same(
                runtime,
                lambda d=dim, p=parts: runtime.call("aj_view_unflatten", t, d, runtime.ints(p)),
                lambda d=dim, p=parts: x.unflatten(d, p),
            )
    same(runtime, lambda: runtime.call("aj_view_squeeze", t), lambda: x.squeeze())
    same(runtime, lambda: runtime.call("aj_clone", t), lambda: x.clone())
    same(runtime, lambda: runtime.call("aj_view_t", t), lambda: x.t())


SHAPES = [
    [],
    [1],
    [-1],
    [6],
    [2, 3],
    [3, -1],
    [2, 3, 20],
    [6, 4, 5],
    [2, 12, -1],
    [4, 30],
    [24, 5],
    [1, 120, 1],
    [0],
    [0, 7],
    [2, -1, 0],
    [-1, -1],
    [7, -1],
    [120],
    [4, 2, 5, 3],
    [5, 4],
    [4, 5],
    [1, 1, 1],
    [12, 5, 4],
    [-2, 3],
]


@pytest.mark.parametrize("x", samples(), ids=lambda t: "x".join(map(str, t.shape)) or "scalar")
def test_reshape_and_expand(runtime: Runtime, x: torch.Tensor) -> None:
    t = runtime.tensor(x.numpy())
    for shape in SHAPES:
        same(runtime, lambda s=shape: runtime.call("aj_view_reshape", t, runtime.ints(s)), lambda s=shape: x.view(s))
        same(runtime, lambda s=shape: runtime.call("aj_reshape", t, runtime.ints(s)), lambda s=shape: x.reshape(s))
        same(runtime, lambda s=shape: runtime.call("aj_view_expand", t, runtime.ints(s)), lambda s=shape: x.expand(s))
    for dims in itertools.chain(itertools.permutations(range(x.dim())), [[0] * x.dim(), [-1] * max(1, x.dim())]):
        same(
            runtime,
            lambda p=list(dims): runtime.call("aj_view_permute", t, runtime.ints(p)),
            lambda p=list(dims): x.permute(p),
        )


def test_as_strided(runtime: Runtime) -> None:
    x = torch.arange(24.0)
    t = runtime.call("aj_clone", runtime.tensor(x.numpy()))
    cases = [
        ([2, 3], [1, 2], 0),
        ([4, 4], [5, 1], 2),
        ([24], [1], 0),
        ([25], [1], 0),
        ([2], [23], 0),
        ([2], [23], 1),
        ([0], [9], 30),
    ]
    for sizes, strides, offset in cases:

        def ours(a: list[int] = sizes, b: list[int] = strides, c: int = offset) -> Any:
            return runtime.call("aj_view_as_strided", t, runtime.ints(a), runtime.ints(b), True, c)

        if offset == 30:
            continue
        same(runtime, ours, lambda a=sizes, b=strides, c=offset: x.as_strided(a, b, c))


def test_cat_and_stack(runtime: Runtime) -> None:
    x = torch.arange(24.0).reshape(2, 3, 4)
    groups = [
        [x, x],
        [x, x.flip(0)[:1]],
        [x.transpose(0, 2), x.transpose(0, 2)],
        [torch.zeros(0), x],
        [x[:, :1], x, x[:, 1:]],
        [torch.tensor(1.0)] * 3,
        [torch.zeros(2, 0, 4), x],
        [torch.zeros(0), torch.zeros(0)],
        [x, x[0]],
        [],
    ]
    for group in groups:
        for dim in range(-4, 5) if any(g.dim() != 1 for g in group) else (0, -1):
            arrays = [g.numpy() for g in group]
            same(
                runtime,
                lambda a=arrays, d=dim: runtime.call("aj_cat", runtime.tensors(a), d),
                lambda g=group, d=dim: torch.cat(g, d),
            )
            same(
                runtime,
                lambda a=arrays, d=dim: runtime.call("aj_stack", runtime.tensors(a), d),
                lambda g=group, d=dim: torch.stack(g, d),
            )


def test_index_select_and_embedding(runtime: Runtime) -> None:
    x = torch.arange(24.0).reshape(4, 6)[:, ::2]
    for index in (
        torch.tensor([3, 0, 0]),
        torch.tensor([], dtype=torch.int64),
        torch.tensor(2),
        torch.tensor([4]),
        torch.tensor([-1]),
        torch.tensor([2, 1], dtype=torch.int32),
        torch.tensor([[1, 2], [0, 3]]),
    ):
        for dim in (0, 1, -1, 2):

            def ours(i: torch.Tensor = index, d: int = dim) -> Any:
                return runtime.call("aj_index_select", runtime.tensor(x.numpy()), d, runtime.tensor(i.numpy()))

            same(runtime, ours, lambda i=index, d=dim: x.index_select(d, i))

        def embed(i: torch.Tensor = index) -> Any:
            return runtime.call("aj_embedding", runtime.tensor(x.numpy()), runtime.tensor(i.numpy()))

        same(runtime, embed, lambda i=index: torch.nn.functional.embedding(i, x))


@pytest.mark.parametrize("source", [n for n in DTYPES if "complex" not in n])
@pytest.mark.parametrize("target", [n for n in DTYPES if "complex" not in n])
def test_conversion(runtime: Runtime, source: str, target: str) -> None:
    values = torch.tensor([0, 1, -1, 2.5, -3.7, 100, 127, 65000, 1e-8, 0.1, 2049, 33554433], dtype=torch.float64)
    if source not in ("float16", "float32", "float64"):
        values = values.clamp(0 if source == "uint8" else -100, 100)
    x = values.to(getattr(torch, source))
    if "int" in target:
        x = x[x.double().isfinite()]
    wanted = x.to(getattr(torch, target))
    if target in ("uint8", "int8", "int16"):  # out of range is undefined in torch: keep what fits
        keep = (
            (x.double() > -100) & (x.double() < 100) & ((x.double() >= 0) if target == "uint8" else torch.tensor(True))
        )
        x, wanted = x[keep], wanted[keep]
    for view in (lambda t: t, lambda t: t[::2], lambda t: t.reshape(-1, 1).expand(-1, 3)):
        result = runtime.array(runtime.call("aj_to_dtype", runtime.tensor(view(x).numpy()), DTYPES[target]))
        np.testing.assert_array_equal(result, view(wanted).numpy(), strict=True)


def test_copy_into(runtime: Runtime) -> None:
    base = torch.arange(24.0).reshape(4, 6)

    def check(pick: Callable[[torch.Tensor], torch.Tensor], source: Callable[[torch.Tensor], torch.Tensor]) -> None:
        mine, theirs = base.clone().numpy(), base.clone()
        wanted = source(theirs).clone()  # as if there were no overlap

        def ours() -> Any:
            view = torch.from_numpy(mine)
            return runtime.call("aj_copy_", runtime.tensor(pick(view).numpy()), runtime.tensor(source(view).numpy()))

        try:
            pick(theirs).copy_(wanted)
        except RuntimeError:
            with pytest.raises(RuntimeStatusError):
                ours()
            return
        runtime.release(ours())
        np.testing.assert_array_equal(mine, theirs.numpy())

    check(lambda t: t[:, ::2], lambda t: torch.tensor([7.0, 8.0, 9.0]))
    check(lambda t: t[1:], lambda t: t[:3])
    check(lambda t: t[:4, :4], lambda t: t[:4, :4].t())
    check(lambda t: t[0], lambda t: torch.tensor(3, dtype=torch.int64))
    check(lambda t: t[0], lambda t: torch.zeros(1, 1, 6))
    check(lambda t: t[0], lambda t: torch.zeros(2, 6))
    check(lambda t: t, lambda t: torch.zeros(5))
    check(lambda t: t[:, 0], lambda t: torch.tensor([1, 2, 3, 4], dtype=torch.int32))


def test_creation(runtime: Runtime) -> None:
    for name in DTYPES:
        dtype, code = getattr(torch, name), DTYPES[name]
        same(
            runtime,
            lambda c=code: runtime.call("aj_full", runtime.ints([2, 3]), 2.0, c),
            lambda d=dtype: torch.full([2, 3], 2.0, dtype=d),
        )
        same(
            runtime,
            lambda c=code: runtime.call("aj_full_int", runtime.ints([2]), 1, c),
            lambda d=dtype: torch.full([2], 1, dtype=d),
        )
        same(
            runtime,
            lambda c=code: runtime.call("aj_zeros", runtime.ints([0, 3]), c),
            lambda d=dtype: torch.zeros([0, 3], dtype=d),
        )
        same(
            runtime,
            lambda c=code: runtime.call("aj_ones", runtime.ints([]), c),
            lambda d=dtype: torch.ones([], dtype=d),
        )
        if "complex" in name or name == "bool":
            continue
        for a, b, s in ((0, 5, 1), (2, 10, 3), (5, 0, -2), (0, 0, 1), (0, 5, -1), (3, 7, 0)):
            same(
                runtime,
                lambda c=code, a=a, b=b, s=s: runtime.call("aj_arange_int", a, b, s, c),
                lambda d=dtype, a=a, b=b, s=s: torch.arange(a, b, s, dtype=d),
            )
    for a, b, s in ((0.0, 1.0, 0.1), (1.0, 2.0, 0.25), (0.0, 1.0, 0.3), (2.0, -1.0, -0.5)):
        same(
            runtime,
            lambda a=a, b=b, s=s: runtime.call("aj_arange_float", a, b, s, 7),
            lambda a=a, b=b, s=s: torch.arange(a, b, s, dtype=torch.float64),
        )
    same(runtime, lambda: runtime.call("aj_zeros", runtime.ints([-1]), 6), lambda: torch.zeros([-1]))
    with pytest.raises(RuntimeStatusError, match="overflows"):
        runtime.call("aj_zeros", runtime.ints([2**40, 2**40]), 6)
    with pytest.raises(RuntimeStatusError, match="out of memory"):
        runtime.call("aj_zeros", runtime.ints([2**43]), 6)


def test_items(runtime: Runtime) -> None:
    one = runtime.tensor(np.array([[2.75]], np.float32))
    assert runtime.call("aj_item_int", one, out=ct.c_int64) == 2
    assert runtime.call("aj_item_float", one, out=ct.c_double) == 2.75
    assert runtime.call("aj_item_bool", one, out=ct.c_bool) is True
    with pytest.raises(RuntimeStatusError, match="2 elements cannot be converted"):
        runtime.call("aj_item_int", runtime.tensor(np.zeros(2, np.float32)), out=ct.c_int64)
    with pytest.raises(RuntimeStatusError, match="more than one value is ambiguous"):
        runtime.call("aj_item_bool", runtime.tensor(np.zeros(2, np.float32)), out=ct.c_bool)
    assert runtime.call("aj_size", runtime.tensor(np.zeros((2, 3))), -1, out=ct.c_int64) == 3
    with pytest.raises(RuntimeStatusError, match=r"expected to be in range of \[-2, 1\], but got 2"):
        runtime.call("aj_size", runtime.tensor(np.zeros((2, 3))), 2, out=ct.c_int64)
