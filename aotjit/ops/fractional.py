"""Maxima over regions whose places are drawn: fractional max pooling (Graham, https://arxiv.org/abs/1412.6071).

A dim of `size` has `out` windows of `kernel` elements. With alpha = (size - kernel) / (out - 1) and the drawn u, window
i starts at int((i + u) alpha) - int(u alpha), the last at size - kernel.
"""

from __future__ import annotations

from aotjit.ops.declare import composite

composite(
    "aotjit::fractional_starts(Tensor drawn, int size, int kernel, int out) -> Tensor",
    """
if out < 1 or kernel < 1 or out + kernel - 1 > size:
    raise RuntimeError("fractional_max_pool: the windows do not fit, or their numbers are out of range")
last = torch.full([drawn.size(0), drawn.size(1), 1], size - kernel, dtype=torch.int64)
if out == 1:
    return last
alpha = torch.full([], size - kernel, dtype=drawn.dtype) / torch.full([], out - 1, dtype=drawn.dtype)
u = drawn.unsqueeze(2)
i = torch.arange(out - 1, dtype=drawn.dtype)
starts = ((i + u) * alpha).to(torch.int64) - (u * alpha).to(torch.int64)
return torch.cat([starts, last], 2)
""",
)
# The places of dim d in a window, with dims of their own for the windows and for what is inside one.
_DIM = """
starts{d} = torch.fractional_starts(random_samples[:, :, {sample}], x.size({at}), kernel_size[{d}], output_size[{d}])
inside{d} = starts{d}.unsqueeze(3) + torch.arange(kernel_size[{d}])
place = place * x.size({at}) + inside{d}.reshape([inside{d}.size(0), inside{d}.size(1), {shape}])
"""
_POOL = """
if self.dim() != {whole} and self.dim() != {rank} + 1:
    found = str(self.dim())
    raise RuntimeError("fractional_max_pool{rank}d: Expected {plane}D or {whole}D tensor, but got " + found + "D")
x = self if self.dim() == {whole} else self.unsqueeze(0)
place = torch.zeros([1, 1, {ones}], dtype=torch.int64)
{dims}
planes = [x.size(0), x.size(1)]
flat = torch.gather(x.flatten(2), 2, place.expand(planes + place.size()[2:]).flatten(2))
values, chosen = flat.reshape(planes + output_size + [-1]).max(-1)
within = place.expand(planes + place.size()[2:]).reshape(planes + output_size + [-1])
indices = torch.gather(within, {whole}, chosen.unsqueeze(-1)).squeeze(-1)
if self.dim() != {whole}:
    return values.squeeze(0), indices.squeeze(0)
return values, indices
"""


def _declare(rank: int) -> None:
    """torch draws the last dim's number first in two dims, and in order in three."""
    dims = []
    for d in range(rank):
        shape = ["1"] * (2 * rank)
        shape[d], shape[rank + d] = f"output_size[{d}]", f"kernel_size[{d}]"
        sample = rank - 1 - d if rank == 2 else d
        dims.append(_DIM.strip().format(d=d, at=d + 2, sample=sample, shape=", ".join(shape)))
    body = _POOL.format(
        rank=rank, plane=rank + 1, whole=rank + 2, ones=", ".join(["1"] * (2 * rank)), dims="\n".join(dims)
    )
    composite(
        f"aten::fractional_max_pool{rank}d(Tensor self, int[{rank}] kernel_size, int[{rank}] output_size, "
        "Tensor random_samples) -> (Tensor, Tensor)",
        body,
    )


for _rank in (2, 3):
    _declare(_rank)
