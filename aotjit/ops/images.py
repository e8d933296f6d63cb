"""Operators on images and grids that others express, and bags of embeddings: written in the language."""

from __future__ import annotations

from aotjit.ops.declare import composite

composite(
    "aten::pixel_shuffle(Tensor self, int upscale_factor) -> Tensor",
    """
r = upscale_factor
if self.dim() < 3 or r <= 0 or self.size(-3) % (r * r) != 0:
    raise RuntimeError("pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of "
                       "upscale_factor")
lead = self.size()[:-3]
c = self.size(-3) // (r * r)
h = self.size(-2)
w = self.size(-1)
x = self.reshape([-1, c, r, r, h, w]).permute([0, 1, 4, 2, 5, 3])
return x.reshape(lead + [c, h * r, w * r])
""",
)
composite(
    "aten::pixel_unshuffle(Tensor self, int downscale_factor) -> Tensor",
    """
r = downscale_factor
if self.dim() < 3 or r <= 0 or self.size(-1) % r != 0 or self.size(-2) % r != 0:
    raise RuntimeError("pixel_unshuffle expects height and width to be divisible by downscale_factor")
lead = self.size()[:-3]
c = self.size(-3)
h = self.size(-2) // r
w = self.size(-1) // r
x = self.reshape([-1, c, h, r, w, r]).permute([0, 1, 3, 5, 2, 4])
return x.reshape(lead + [c * r * r, h, w])
""",
)
composite(
    "aten::channel_shuffle(Tensor self, SymInt groups) -> Tensor",
    """
if self.dim() < 3 or groups <= 0 or self.size(1) % groups != 0:
    raise RuntimeError("channel_shuffle: the number of channels must be divisible by groups")
x = self.reshape([self.size(0), groups, self.size(1) // groups, -1])
return x.transpose(1, 2).reshape(self.size())
""",
)
_PADS = "[padding[1], padding[1], padding[0], padding[0]]"
composite(
    "aten::im2col(Tensor self, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride) -> Tensor",
    f"""
x = self if self.dim() == 4 else self.unsqueeze(0)
x = torch.pad(x, {_PADS})
rows = (x.size(2) - dilation[0] * (kernel_size[0] - 1) - 1) // stride[0] + 1
columns = (x.size(3) - dilation[1] * (kernel_size[1] - 1) - 1) // stride[1] + 1
if rows < 1 or columns < 1:
    raise RuntimeError("im2col: the window does not fit into the padded image")
parts = torch.jit.annotate(List[Tensor], [])
for i in range(kernel_size[0]):
    for j in range(kernel_size[1]):
        top = i * dilation[0]
        left = j * dilation[1]
        part = torch.slice(x, 2, top, top + stride[0] * (rows - 1) + 1, stride[0])
        parts.append(torch.slice(part, 3, left, left + stride[1] * (columns - 1) + 1, stride[1]))
result = torch.stack(parts, 2).reshape([x.size(0), -1, rows * columns])
return result if self.dim() == 4 else result.squeeze(0)
""",
)
composite(
    "aten::col2im(Tensor self, SymInt[2] output_size, int[2] kernel_size, int[2] dilation, int[2] padding, "
    "int[2] stride) -> Tensor",
    """
x = self if self.dim() == 3 else self.unsqueeze(0)
rows = (output_size[0] + 2 * padding[0] - dilation[0] * (kernel_size[0] - 1) - 1) // stride[0] + 1
columns = (output_size[1] + 2 * padding[1] - dilation[1] * (kernel_size[1] - 1) - 1) // stride[1] + 1
taps = kernel_size[0] * kernel_size[1]
if x.size(1) % taps != 0 or x.size(2) != rows * columns:
    raise RuntimeError("col2im: the input's size does not fit the window's")
patches = x.reshape([x.size(0), x.size(1) // taps, taps, rows, columns])
whole = torch.zeros([x.size(0), x.size(1) // taps, output_size[0] + 2 * padding[0], output_size[1] + 2 * padding[1]],
                    dtype=self.dtype)
for i in range(kernel_size[0]):
    for j in range(kernel_size[1]):
        top = i * dilation[0]
        left = j * dilation[1]
        part = torch.slice(whole, 2, top, top + stride[0] * (rows - 1) + 1, stride[0])
        part = torch.slice(part, 3, left, left + stride[1] * (columns - 1) + 1, stride[1])
        part.add_(patches.select(2, i * kernel_size[1] + j))
inner = whole.narrow(2, padding[0], output_size[0]).narrow(3, padding[1], output_size[1])
result = inner.contiguous()
return result if self.dim() == 3 else result.squeeze(0)
""",
)
_UNPOOL = """
flat = 1
for n in output_size:
    flat *= n
rank = {rank}
lead = self.size()[:self.dim() - rank]
rows = self.reshape([-1, self.numel() // max(1, product_of(lead))])
places = indices.reshape(rows.size())
result = torch.zeros([rows.size(0), flat], dtype=self.dtype).scatter(1, places, rows)
return result.reshape(lead + output_size)
"""
for _rank in (2, 3):
    _more = ", int[3] stride, int[3] padding" if _rank == 3 else ""
    composite(f"aten::max_unpool{_rank}d(Tensor self, Tensor indices, SymInt[{_rank}] output_size{_more}) -> Tensor",
              _UNPOOL.format(rank=_rank).replace("product_of(lead)", "(self.size(0) * self.size(1) if len(lead) == 2 "
                                                 "else self.size(0))"))  # fmt: skip

# -- embeddings -------------------------------------------------------------------------------------------------------

_BAG = """
rows = torch.embedding(weight, indices)
if per_sample_weights is not None:
    rows = rows * per_sample_weights.unsqueeze(-1)
count = offsets.numel()
if include_last_offset:
    count = count - 1
bags = torch.places_in(offsets[:count].contiguous(), torch.arange(indices.numel()), True) - 1
kept = torch.ones_like(indices, dtype=torch.bool)
if padding_idx is not None:
    kept = indices != padding_idx
rows = torch.where(kept.unsqueeze(1), rows, torch.zeros_like(rows))
wide = bags.unsqueeze(1).expand(rows.size())
sums = torch.zeros([count, weight.size(1)], dtype=weight.dtype)
sizes = torch.zeros([count], dtype=torch.int64).scatter_add(0, bags, kept.to(torch.int64))
if mode == 2:
    lowest = torch.full([count, weight.size(1)], -math.inf, dtype=weight.dtype)
    low = torch.where(kept.unsqueeze(1), rows, torch.full_like(rows, -math.inf))
    best = torch.scatter_reduce(lowest, 0, wide, low, "amax")
    sums = torch.where((sizes > 0).unsqueeze(1), best, sums)
else:
    sums = sums.scatter_add(0, wide, rows)
    if mode == 1:
        sums = sums / torch.clamp_min(sizes, 1).unsqueeze(1).to(weight.dtype)
return sums, bags, sizes, sizes
"""
_BAG_HEAD = "Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq, int mode, bool sparse, " \
            "Tensor? per_sample_weights, bool include_last_offset, int? padding_idx"  # fmt: skip
composite(f"aten::embedding_bag.padding_idx({_BAG_HEAD}) -> (Tensor, Tensor, Tensor, Tensor)", _BAG)
composite(
    "aten::embedding_bag(Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq=False, int mode=0, "
    "bool sparse=False, Tensor? per_sample_weights=None, bool include_last_offset=False) -> "
    "(Tensor, Tensor, Tensor, Tensor)",
    "return torch.embedding_bag(weight, indices, offsets, scale_grad_by_freq, mode, sparse, per_sample_weights, "
    "include_last_offset, None)",
)

# -- grids ------------------------------------------------------------------------------------------------------------

composite(
    "aten::affine_grid_generator(Tensor theta, SymInt[] size, bool align_corners) -> Tensor",
    """
axes = torch.jit.annotate(List[Tensor], [])
count = len(size) - 2
for i in range(count):
    n = size[2 + i]
    line = torch.linspace(-1.0, 1.0, n, dtype=theta.dtype)
    if n <= 1:
        line = torch.zeros([n], dtype=theta.dtype)
    if not align_corners:
        line = line * ((float(n) - 1.0) / float(n))
    shape = [1] * count
    shape[i] = n
    axes.append(line.reshape(shape).expand(size[2:]))
base = torch.jit.annotate(List[Tensor], [])
for i in range(count - 1, -1, -1):
    base.append(axes[i])
base.append(torch.ones(size[2:], dtype=theta.dtype))
flat = torch.stack(base, -1).reshape([1, -1, count + 1]).expand([size[0], -1, -1])
return torch.bmm(flat, theta.transpose(1, 2)).reshape([size[0]] + size[2:] + [count])
""",
)
_SAMPLE = """
n = input.size(0)
c = input.size(1)
h = input.size(2)
w = input.size(3)
places = torch.jit.annotate(List[Tensor], [])
limits = [w, h]
for i in range(2):
    size = float(limits[i])
    g = grid.select(3, i)
    if align_corners:
        g = (g + 1) / 2 * (size - 1.0)
    else:
        g = ((g + 1) * size - 1) / 2
    if padding_mode == 1 and interpolation_mode != 2:
        g = torch.clamp(g, 0.0, size - 1.0)
    if padding_mode == 2 and interpolation_mode != 2:
        g = torch.reflected_place(g, limits[i], align_corners)
    places.append(g)
x = places[0]
y = places[1]
flat = input.reshape([n, c, h * w])
result = torch.zeros([n, c, grid.size(1), grid.size(2)], dtype=input.dtype)
if interpolation_mode == 1:
    return torch.picked_pixels(flat, torch.round(x), torch.round(y), h, w, 0, align_corners)
if interpolation_mode == 0:
    x0 = torch.floor(x)
    y0 = torch.floor(y)
    wx = (x - x0).unsqueeze(1)
    wy = (y - y0).unsqueeze(1)
    top = (torch.picked_pixels(flat, x0, y0, h, w, 0, align_corners) * (1 - wx)
           + torch.picked_pixels(flat, x0 + 1, y0, h, w, 0, align_corners) * wx)
    bottom = (torch.picked_pixels(flat, x0, y0 + 1, h, w, 0, align_corners) * (1 - wx)
              + torch.picked_pixels(flat, x0 + 1, y0 + 1, h, w, 0, align_corners) * wx)
    return top * (1 - wy) + bottom * wy
x0 = torch.floor(x)
y0 = torch.floor(y)
tx = x - x0
ty = y - y0
for j in range(4):
    row = torch.zeros_like(result)
    for i in range(4):
        part = torch.picked_pixels(flat, x0 + (i - 1), y0 + (j - 1), h, w, padding_mode, align_corners)
        row = row + part * torch.cubic_weight(tx, i).unsqueeze(1)
    result = result + row * torch.cubic_weight(ty, j).unsqueeze(1)
return result
"""
composite("aotjit::cubic_weight(Tensor t, int tap) -> Tensor",
          "a = -0.75\nd = torch.abs(t - float(tap - 1))\n"
          "near = ((a + 2.0) * d - (a + 3.0)) * d * d + 1.0\n"
          "far = ((a * d - 5.0 * a) * d + 8.0 * a) * d - 4.0 * a\n"
          "return torch.where(d <= 1, near, far)")  # fmt: skip
composite(
    "aotjit::reflected_place(Tensor x, int size, bool align_corners) -> Tensor",
    """
low = 0.0 if align_corners else -0.5
span = float(size - 1) if align_corners else float(size)
if span <= 0.0:
    return torch.zeros_like(x)
distance = torch.abs(x - low)
flips = torch.floor(distance / span)
rest = distance - flips * span
turned = torch.where(torch.fmod(flips, 2.0) == 0, rest + low, span - rest + low)
return torch.clamp(turned, 0.0, float(size - 1))
""",
)
composite(
    "aotjit::picked_pixels(Tensor flat, Tensor x, Tensor y, int h, int w, int padding_mode, bool align_corners) -> "
    "Tensor",
    """
if padding_mode == 1:
    x = torch.clamp(x, 0.0, float(w - 1))
    y = torch.clamp(y, 0.0, float(h - 1))
if padding_mode == 2:
    x = torch.reflected_place(x, w, align_corners)
    y = torch.reflected_place(y, h, align_corners)
inside = (x >= 0) & (x <= w - 1) & (y >= 0) & (y <= h - 1)
zeros = torch.zeros_like(x)
at = torch.where(inside, y, zeros).to(torch.int64) * w + torch.where(inside, x, zeros).to(torch.int64)
wide = at.reshape([flat.size(0), 1, -1]).expand([flat.size(0), flat.size(1), at.size(1) * at.size(2)])
picked = torch.gather(flat, 2, wide).reshape([flat.size(0), flat.size(1), at.size(1), at.size(2)])
return torch.where(inside.unsqueeze(1), picked, torch.zeros_like(picked))
""",
)
_GRID = "Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners"
for _name in ("grid_sampler", "grid_sampler_2d"):
    composite(
        f"aten::{_name}({_GRID}) -> Tensor",
        "if input.dim() != 4:\n    raise NotImplementedError('grid_sampler of volumes is not compiled by this version "
        "of aotjit')\n" + _SAMPLE,
    )
