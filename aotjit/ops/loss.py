"""Losses: written in the language. `reduction` is 0 for none, 1 for the mean, 2 for the sum."""

from __future__ import annotations

from aotjit.ops.declare import composite

_REDUCED = """
if reduction == 1:
    return torch.mean({0})
if reduction == 2:
    return torch.sum({0})
return {0}
"""


def _loss(text: str, body: str, result: str = "loss") -> None:
    """A loss whose elements are `result` after `body`."""
    composite(f"aten::{text} -> Tensor", body + _REDUCED.format(result))


_loss("l1_loss(Tensor self, Tensor target, int reduction=1)", "loss = torch.abs(self - target)")
_loss("mse_loss(Tensor self, Tensor target, int reduction=1)", """
difference = self - target
loss = difference * difference""")
_loss("smooth_l1_loss(Tensor self, Tensor target, int reduction=1, float beta=1.)", """
if not (beta >= 0.0):
    raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
z = torch.abs(self - target)
if not z.is_floating_point():
    raise NotImplementedError("smooth_l1_loss is not implemented for integer tensors; convert one of them")
loss = z
if beta > 0.0:
    loss = torch.where(z < beta, 0.5 * z * z / beta, z - 0.5 * beta)""")
_loss("huber_loss(Tensor self, Tensor target, int reduction=1, float delta=1.)", """
if not (delta > 0.0):
    raise RuntimeError("huber_loss does not support non-positive values for delta.")
z = torch.abs(self - target)
if not z.is_floating_point():
    raise NotImplementedError("huber_loss is not implemented for integer tensors; convert one of them")
loss = torch.where(z <= delta, 0.5 * z * z, delta * (z - 0.5 * delta))""")
_loss("binary_cross_entropy(Tensor self, Tensor target, Tensor? weight=None, int reduction=1)", """
if self.size() != target.size():
    raise ValueError("binary_cross_entropy: the target's size must be the input's")
if bool(torch.any((self < 0) | (self > 1))):
    raise RuntimeError("all elements of input should be between 0 and 1")
low = torch.clamp_min(torch.log(1 - self), -100.0)
high = torch.clamp_min(torch.log(self), -100.0)
loss = (target - 1) * low - target * high
if weight is not None:
    loss = loss * weight""")
_loss("binary_cross_entropy_with_logits(Tensor self, Tensor target, Tensor? weight=None, Tensor? pos_weight=None, "
      "int reduction=1)", """
if self.size() != target.size():
    raise ValueError("binary_cross_entropy_with_logits: the target's size must be the input's")
softened = torch.clamp_min(-self, 0.0) + torch.log1p(torch.exp(-torch.abs(self)))
loss = (1 - target) * self + softened
if pos_weight is not None:
    loss = (1 - target) * self + ((pos_weight - 1) * target + 1) * softened
if weight is not None:
    loss = loss * weight""")  # fmt: skip
_loss("kl_div(Tensor self, Tensor target, int reduction=1, *, bool log_target=False)", """
loss = torch.exp(target) * (target - self)
if not log_target:
    loss = torch.where(target == 0, torch.zeros_like(self), target * torch.log(target)) - target * self""")
_loss("poisson_nll_loss(Tensor input, Tensor target, bool log_input, bool full, float eps, int reduction)", """
loss = torch.exp(input) - target * input
if not log_input:
    loss = input - target * torch.log(input + eps)
if full:
    stirling = target * torch.log(target) - target + 0.5 * torch.log(6.283185307179586 * target)
    loss = loss + torch.where(target <= 1, torch.zeros_like(stirling), stirling)""")
_loss("hinge_embedding_loss(Tensor self, Tensor target, float margin=1., int reduction=1)", """
zeros = torch.zeros_like(self)
margins = torch.where(target != 1, torch.clamp_min(margin - self, 0.0), zeros)
loss = margins + torch.where(target != -1, self, zeros)""")
_loss("cosine_embedding_loss(Tensor input1, Tensor input2, Tensor target, float margin=0., int reduction=1)", """
if input1.dim() != 1 and input1.dim() != 2:
    raise ValueError("cosine_embedding_loss: 1D or 2D input tensors expected")
dims = [input1.dim() - 1]
product = torch.sum(input1 * input2, dims)
first = torch.sum(input1 * input1, dims) + 9.999999960041972e-13
second = torch.sum(input2 * input2, dims) + 9.999999960041972e-13
cosine = product / torch.sqrt(first * second)
zeros = torch.zeros_like(cosine)
positive = torch.where(target == 1, 1 - cosine, zeros)
loss = positive + torch.where(target == -1, torch.clamp_min(cosine - margin, 0.0), zeros)""")
_loss("margin_ranking_loss(Tensor input1, Tensor input2, Tensor target, float margin=0., int reduction=1)",
      "loss = torch.clamp_min(-target * (input1 - input2) + margin, 0.0)")  # fmt: skip
_loss("soft_margin_loss(Tensor self, Tensor target, int reduction=1)", "loss = torch.log1p(torch.exp(-target * self))")
_loss("triplet_margin_loss(Tensor anchor, Tensor positive, Tensor negative, float margin=1., float p=2., "
      "float eps=9.9999999999999995e-07, bool swap=False, int reduction=1)", """
near = torch.pairwise_distance(anchor, positive, p, eps)
far = torch.pairwise_distance(anchor, negative, p, eps)
if swap:
    far = torch.minimum(far, torch.pairwise_distance(positive, negative, p, eps))
loss = torch.clamp_min(margin + near - far, 0.0)""")  # fmt: skip
_loss("multi_margin_loss(Tensor self, Tensor target, Scalar p=1, Scalar margin=1, Tensor? weight=None, "
      "int reduction=1)", """
if not self.is_floating_point():
    raise NotImplementedError("multi_margin_loss is not implemented for integer tensors; convert it first")
rows = self if self.dim() == 2 else self.unsqueeze(0)
places = target.reshape([rows.size(0), 1])
z = torch.element(margin, self.dtype) - torch.gather(rows, 1, places) + rows
z = torch.where(z > 0.0, z, 0.0)
if p == 2:
    z = z * z
if weight is not None:
    z = z * torch.index_select(weight, 0, places.flatten()).unsqueeze(1)
others = torch.arange(rows.size(1)) != places
sums = torch.sum(torch.where(others, z, torch.zeros_like(z)), [1]) / rows.size(1)
loss = sums if self.dim() == 2 else sums.reshape([])""")  # fmt: skip
_loss("multilabel_margin_loss(Tensor self, Tensor target, int reduction=1)", """
rows = self if self.dim() == 2 else self.reshape([1, self.numel()])
labels = target.reshape(rows.size())
valid = torch.cumsum((labels < 0).to(torch.int64), 1) == 0
places = torch.where(valid, labels, torch.zeros_like(labels))
classes = torch.arange(rows.size(1))
marks = (classes == places.unsqueeze(2)) & valid.unsqueeze(2)
is_target = torch.any(marks, 1)
given = torch.gather(rows, 1, places)
z = torch.clamp_min(1 - given.unsqueeze(2) + rows.unsqueeze(1), 0.0)
counts = valid.unsqueeze(2) & torch.logical_not(is_target).unsqueeze(1)
sums = torch.sum(torch.where(counts, z, torch.zeros_like(z)), [1, 2]) / rows.size(1)
loss = sums if self.dim() == 2 else sums.reshape([])""")

# -- classes ----------------------------------------------------------------------------------------------------------

_NLL = "Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt ignore_index=-100"
_NLL_BODY = """
kept = target != ignore_index
places = torch.where(kept, target, torch.zeros_like(target))
zeros = torch.zeros_like(target, dtype=self.dtype)
factors = torch.where(kept, torch.ones_like(zeros), zeros)
if weight is not None:
    factors = torch.where(kept, torch.index_select(weight, 0, places.flatten()).reshape(places.size()), zeros)
channel = 0 if self.dim() == 1 else 1
picked = torch.gather(self, channel, places.unsqueeze(channel)).squeeze(channel)
loss = torch.where(kept, -picked * factors, zeros)
if reduction == 1:
    return torch.sum(loss) / torch.sum(factors)
if reduction == 2:
    return torch.sum(loss)
return loss
"""
for _name in ("nll_loss_nd", "nll_loss", "nll_loss2d"):
    composite(f"aten::{_name}({_NLL}) -> Tensor", _NLL_BODY)
composite(
    "aten::cross_entropy_loss(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, "
    "SymInt ignore_index=-100, float label_smoothing=0.) -> Tensor",
    """
channel = 0 if self.dim() == 1 else 1
logs = torch.log_softmax(self, channel)
shape = [1] * self.dim()
shape[channel] = self.size(channel)
scaled = logs
if weight is not None:
    scaled = logs * weight.reshape(shape)
if target.is_floating_point():
    smoothed = target
    if label_smoothing > 0.0:
        smoothed = target * (1.0 - label_smoothing) + label_smoothing / float(self.size(channel))
    terms = -torch.sum(scaled * smoothed.to(self.dtype), [channel])
    if reduction == 1:
        return torch.sum(terms) / max(1, self.numel() // self.size(channel))
    if reduction == 2:
        return torch.sum(terms)
    return terms
plain = torch.nll_loss_nd(logs, target.to(torch.int64), weight, reduction, ignore_index)
if label_smoothing == 0.0:
    return plain
kept = target != ignore_index
zeros = torch.zeros_like(target, dtype=self.dtype)
smooth = torch.where(kept, -torch.sum(scaled, [channel]), zeros)
factors = torch.where(kept, torch.ones_like(zeros), zeros)
if weight is not None:
    places = torch.where(kept, target, torch.zeros_like(target)).to(torch.int64)
    picked = torch.index_select(weight, 0, places.flatten()).reshape(places.size())
    factors = torch.where(kept, picked, zeros)
if reduction == 1:
    smooth = torch.sum(smooth) / torch.sum(factors)
elif reduction == 2:
    smooth = torch.sum(smooth)
return plain * (1.0 - label_smoothing) + smooth * (label_smoothing / float(self.size(channel)))
""",
)

# -- distances --------------------------------------------------------------------------------------------------------

composite("aten::pairwise_distance(Tensor x1, Tensor x2, float p=2., float eps=9.9999999999999995e-07, "
          "bool keepdim=False) -> Tensor",
          "return torch.norm(x1 - x2 + eps, p, [-1], keepdim)")  # fmt: skip
composite(
    "aten::cosine_similarity(Tensor x1, Tensor x2, int dim=1, float eps=1e-08) -> Tensor",
    """
first = torch.clamp_min(torch.sqrt(torch.sum(x1 * x1, [dim], True)), eps)
second = torch.clamp_min(torch.sqrt(torch.sum(x2 * x2, [dim], True)), eps)
return torch.sum((x1 / first) * (x2 / second), [dim])
""",
)
composite(
    "aten::cdist(Tensor x1, Tensor x2, float p=2., int? compute_mode=None) -> Tensor",
    "return torch.norm(x1.unsqueeze(-2) - x2.unsqueeze(-3), p, [-1], False)",
)
composite(
    "aten::pdist(Tensor self, float p=2.) -> Tensor",
    """
if self.dim() != 2:
    raise RuntimeError("pdist only supports 2D tensors, got: " + str(self.dim()) + "D")
rows = self.size(0)
places = torch.triu_indices(rows, rows, 1)
return torch.norm(self[places[0]] - self[places[1]], p, [-1], False)
""",
)
_CTC = """
batched = log_probs if log_probs.dim() == 3 else log_probs.unsqueeze(1)
count = batched.size(1)
longest = 0
for length in target_lengths:
    longest = max(longest, length)
positions = 2 * longest + 1
padded = torch.full([count, max(longest, 1)], blank, dtype=torch.int64)
start = 0
for i in range(count):
    length = target_lengths[i]
    if length > 0:
        if targets.dim() == 2:
            padded[i, :length] = targets[i, :length].to(torch.int64)
        else:
            padded[i, :length] = targets[start:start + length].to(torch.int64)
    start += length
extended = torch.full([count, positions], blank, dtype=torch.int64)
if longest > 0:
    extended[:, 1::2] = padded
low = torch.full([count, positions], -math.inf, dtype=log_probs.dtype)
places = torch.arange(positions).unsqueeze(0)
skips = torch.zeros([count, positions], dtype=torch.bool)
if positions > 2:
    skips[:, 2:] = (extended[:, 2:] != blank) & (extended[:, 2:] != extended[:, :-2])
ends = torch.tensor(target_lengths, dtype=torch.int64).unsqueeze(1) * 2
lengths = torch.tensor(input_lengths, dtype=torch.int64).unsqueeze(1)
alpha = torch.where(places <= torch.clamp_max(ends, 1), torch.gather(batched[0], 1, extended), low)
for t in range(1, batched.size(0)):
    one = low.clone()
    two = low.clone()
    if positions > 1:
        one[:, 1:] = alpha[:, :-1]
    if positions > 2:
        two[:, 2:] = alpha[:, :-2]
    two = torch.where(skips, two, low)
    best = torch.maximum(torch.maximum(alpha, one), two)
    safe = torch.where(best == -math.inf, torch.zeros_like(best), best)
    total = torch.exp(alpha - safe) + torch.exp(one - safe) + torch.exp(two - safe)
    following = torch.log(total) + safe + torch.gather(batched[t], 1, extended)
    alpha = torch.where(lengths > t, following, alpha)
last = torch.gather(alpha, 1, ends)
previous = torch.gather(alpha, 1, torch.clamp_min(ends - 1, 0))
previous = torch.where(ends > 0, previous, torch.full_like(previous, -math.inf))
best = torch.maximum(last, previous)
safe = torch.where(best == -math.inf, torch.zeros_like(best), best)
loss = -(torch.log(torch.exp(last - safe) + torch.exp(previous - safe)) + safe).squeeze(1)
if zero_infinity:
    loss = torch.where(loss == math.inf, torch.zeros_like(loss), loss)
if reduction == 1:
    return torch.mean(loss / torch.clamp_min(torch.tensor(target_lengths, dtype=torch.int64), 1).to(loss.dtype))
if reduction == 2:
    return torch.sum(loss)
if log_probs.dim() == 2:
    return loss[0]
return loss
"""
"""Graves et al. 2006, in logarithms, all sequences of the batch together."""
composite("aten::ctc_loss.IntList(Tensor log_probs, Tensor targets, int[] input_lengths, int[] target_lengths, "
          "int blank=0, int reduction=1, bool zero_infinity=False) -> Tensor", _CTC)  # fmt: skip
composite(
    "aten::ctc_loss.Tensor(Tensor log_probs, Tensor targets, Tensor input_lengths, Tensor target_lengths, "
    "int blank=0, int reduction=1, bool zero_infinity=False) -> Tensor",
    """
given = torch.jit.annotate(List[int], [])
for i in range(input_lengths.numel()):
    given.append(int(input_lengths.flatten()[i]))
wanted = torch.jit.annotate(List[int], [])
for i in range(target_lengths.numel()):
    wanted.append(int(target_lengths.flatten()[i]))
return torch.ctc_loss(log_probs, targets, given, wanted, blank, reduction, zero_infinity)
""",
)
