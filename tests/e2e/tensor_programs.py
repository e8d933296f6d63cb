"""Methods of tensors that are more than an operator, for tests.e2e.agreement."""

# ruff: noqa
from typing import List, Tuple

import torch
from torch import Tensor


def as_floats(x: Tensor) -> List[float]:
    y: List[float] = x.tolist()
    return y


def as_rows_of_ints(x: Tensor) -> List[List[int]]:
    y: List[List[int]] = x.long().tolist()
    y.append([len(y)])
    return y


def as_deep_bools(x: Tensor) -> List[List[List[bool]]]:
    return torch.jit.annotate(List[List[List[bool]]], (x > 0).tolist())


def as_number(x: Tensor) -> float:
    y: float = x.sum().tolist()
    return y


def as_result(x: Tensor) -> List[List[float]]:
    return x.t().tolist()


def casts(x: Tensor) -> List[Tensor]:
    return [x.float(), x.double(), x.half(), x.long(), x.int(), x.short(), x.char(), x.byte()]


def turned(x: Tensor) -> List[Tensor]:
    y = x.T
    y[0] += 1
    return [x, y, x.mT, x.H, x.mH, x.ravel(), x.broadcast_to(2, x.size(0), x.size(1)), x.requires_grad_(False)]


def places(x: Tensor) -> List[Tensor]:
    return torch.where(x > 0) + torch.where(x.sum() > 0)


def layout(x: Tensor) -> List[int]:
    tight = [x.is_contiguous(), x.is_contiguous(memory_format=torch.contiguous_format)]
    last = [x.is_contiguous(memory_format=torch.channels_last), x.is_sparse, x.is_quantized, x.is_meta]
    return x.stride() + x.T.stride() + [x.nbytes, x.itemsize, x.element_size(), x.get_device(), sum(tight), sum(last)]


def unique(x: Tensor):
    values, inverse, counts = torch.unique(x.long() % 3, True, True, True)
    runs, repeats = torch.unique_consecutive(x.flatten() > 0, return_counts=True)
    return torch.unique(x), values, inverse, counts, torch.unique(x, return_inverse=True)[1], runs, repeats


def decomposed(x: Tensor) -> List[Tensor]:
    """Vectors have any sign: products of them and magnitudes do not."""
    x = x.double()
    u, s, v = torch.linalg.svd(x, full_matrices=False)
    whole = torch.linalg.svd(x)
    left, sizes, right = torch.svd(x)
    values, vectors = torch.linalg.eigh(x @ x.t())
    back = vectors @ torch.diag(values) @ vectors.t()
    return [u @ torch.diag(s) @ v, s, u.abs(), left @ torch.diag(sizes) @ right.t(), whole[0] @ whole[0].t(),
            whole[2] @ whole[2].t(), values, back, vectors.t() @ vectors]


def as_complex_numbers(x: Tensor):
    y = x * (1 + 2j)
    rows: List[List[complex]] = y.tolist()
    flat: List[complex] = y.flatten().tolist()
    one: complex = y[0, 0].tolist()
    return rows, flat, one


def overlapping(s: Tensor, how: int) -> Tensor:
    """What torch refuses, and what it computes, where a tensor that is written shares memory."""
    w = s[0].clone()
    wide = w.expand(2, 3)
    v = s.view(9)
    if how == 0:
        s.add_(s.t())
    elif how == 1:
        v[1:] += v[:-1]
    elif how == 2:
        v[:-1].copy_(v[1:])
    elif how == 3:
        s.add_(s[0])
    elif how == 4:
        s[0:2] = s[1:3]
    elif how == 5:
        s.addcmul_(s.t(), s)
    elif how == 6:
        wide.add_(1)
    elif how == 7:
        wide.copy_(s[:2])
    elif how == 8:
        wide[:, 1:] += 5.0
    elif how == 9:
        wide.relu_()
    elif how == 10:
        v.mul_(v[0])
    elif how == 20:
        s.mul_(s)
    elif how == 21:
        v[1:3] = v[0:2] + 1
    elif how == 22:
        s[:, 1:].copy_(s[:, 1:])
    elif how == 23:
        s[0] = s[1]
    elif how == 24:
        wide.fill_(1)
    elif how == 25:
        wide.zero_()
    elif how == 26:
        wide[0, 1] = 5.0
    elif how == 27:
        s.t().add_(s.t())
    elif how == 28:
        s[:, 0] = s[0]
    elif how == 29:
        s.add_(s.view(9).view(3, 3))
    elif how == 30:
        s.masked_fill_(s.t() > 0, 1.0)
    elif how == 31:
        v[1:] += v[:-1] * 2
    elif how == 32:
        wide[0] += 1
    else:
        scattered(wide, s, how)
    return torch.cat([s.flatten(), w])


def scattered(wide: Tensor, s: Tensor, how: int) -> None:
    rows, places = torch.tensor([0, 1]), torch.tensor([[0, 1, 0], [1, 0, 1]])
    if how == 11:
        wide.scatter_(0, places, s)
    elif how == 12:
        wide.index_add_(0, rows, s[:2])
    elif how == 13:
        wide.index_copy_(0, rows, s[:2])
    elif how == 14:
        wide.scatter_(0, places, 2.0)
    elif how == 15:
        wide.scatter_reduce_(0, places, s, "sum")
    elif how == 16:
        wide.normal_()
    elif how == 17:
        wide.random_(3)
    elif how == 33:
        wide.index_fill_(0, rows, 3.0)
    elif how == 34:
        wide.index_put_([rows, rows], torch.tensor(4.0))
    elif how == 35:
        wide.fill_diagonal_(4.0)


def accumulated(x: Tensor, places: Tensor, given: Tensor, accumulate: bool) -> Tuple[Tensor, Tensor, Tensor]:
    x = x.clone()
    x.t().index_put_([places], given, accumulate)
    whole = x.to(torch.int64)
    whole.index_put_([torch.tensor([1, 0, 1]), torch.tensor([0, 0, 0])], whole[0].clone(), accumulate)
    mask = torch.index_put(x > 1, [places[:1]], torch.tensor(True), accumulate)
    return x, whole, mask


def written_out(x: Tensor, places: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
    """`out=`: the result goes where it says, if its shape and dtype fit."""
    sums = torch.zeros(2, x.size(0))
    torch.sum(x, 1, out=sums[1])
    wide = torch.empty(x.size(), dtype=torch.float64)
    same = torch.mul(x, x, out=wide)
    wide += 1
    counted = torch.arange(3, out=torch.zeros(3, dtype=torch.int64))
    torch.clamp(x, 0, 1, out=x)
    torch.add(counted, places.long(), out=counted)
    return sums, same, counted, x


def turn(x: Tensor, times: int) -> Tensor:
    for i in range(times):
        x.t_()
    return x.unsqueeze_(0)


def reshaped(x: Tensor, k: int) -> List[Tensor]:
    """Views in place: every name of the tensor, branches, loops, functions that reshape what they are given."""
    y = x + 1
    same = y
    same.unsqueeze_(0)
    z = x * 2
    if k > 1:
        z.unsqueeze_(1).add_(1)
    else:
        z.t_()
    rows = [y, same, z]
    for i in range(k):
        part = x[:, :2] + i
        part.transpose_(0, 1)
        rows.append(part)
    first, second = x.clone().chunk(2, 1)
    first.unsqueeze_(0)
    rows += [first, second, turn(x - 1, k), torch.zeros(2, 2).squeeze_(0).unsqueeze_(0)]
    wide = torch.arange(12.0)
    wide.resize_(3, 4)
    wide.swapaxes_(0, 1).swapdims_(0, 1)
    cut = torch.arange(12.0).resize_as_(x[:1])
    cut.squeeze_()
    spread = torch.arange(12.0).as_strided_([2, 2], [1, 3], 2)
    x[:1].squeeze_().mul_(10)
    return rows + [wide, cut, spread, x, x.detach_()]


def reshaped_argument(x: Tensor) -> Tensor:
    x.unsqueeze_(0)
    return x


def contracted(x: Tensor, y: Tensor) -> List[Tensor]:
    return [
        torch.tensordot(x, y),
        torch.tensordot(x, y.t(), 1),
        torch.tensordot(x, y, [[1], [1]]),
        torch.tensordot(x, y, dims=([0, 1], [0, 1])),
        torch.tensordot(x, y, dims=0),
        torch.norm(x, dim=1),
        torch.norm(y, dim=[0, 1], keepdim=True),
        torch.norm(y, keepdim=True),
    ]


X = torch.tensor([[1.5, -2.0, 3.0], [0.0, 4.0, -5.5]])
CASES = {
    "as_floats": [(X[0],), (X,), (X[:, 0],), (X[0, :0],), (X[0, 0],)],
    "as_rows_of_ints": [(X,), (X[0],), (X.t(),), (X[:0],)],
    "as_deep_bools": [(X[None],), (torch.zeros(2, 0, 3),), (X[:, :, None].expand(2, 3, 4),), (X,)],
    "as_number": [(X,)],
    "as_complex_numbers": [(X,), (X.t(),)],
    "as_result": [(X,), (X[:, :0],)],
    "casts": [(X.abs(),), (X[0, 0].abs(),)],
    "turned": [(X,), (X.t(),)],
    "places": [(X,), (-X,), (X[0, 0],)],
    "layout": [(X,)],
    "decomposed": [(X,), (X.t(),), (torch.eye(3)[:, :2],)],
    "overlapping": [(torch.cat([X, X[:1] * 2]), how) for how in (*range(18), *range(20, 36))],
    "accumulated": [(X, torch.tensor([0, 2, 0]), v, a) for v in (X.t(), torch.tensor(2.0)) for a in (True, False)],
    "written_out": [(X, X[1].clone()), (X, torch.tensor(2.0)), (X, X.clone())],
    "reshaped": [(X, k) for k in (0, 1, 2)],
    "reshaped_argument": [(X,), (X[0],)],
    "contracted": [(X, X + 1), (X.t(), X.t())],
    "unique": [(X,), (X.floor(),), (X[:0],)],
}
