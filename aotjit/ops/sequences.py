"""Sequences of several lengths: padded to one length, or packed, which is the rows of all sequences that reach the
first step, then of those that reach the second, and so on; the longest sequence comes first."""

from __future__ import annotations

from aotjit.ops.declare import composite

composite(
    'aten::pad_sequence(Tensor[] sequences, bool batch_first=False, float padding_value=0., '
    'str padding_side="right") -> Tensor',
    """
if padding_side != "left" and padding_side != "right":
    raise ValueError("Expected padding_side to be one of left or right")
longest = 0
for row in sequences:
    longest = max(longest, row.size(0))
rows = torch.jit.annotate(List[Tensor], [])
for row in sequences:
    missing = longest - row.size(0)
    sides = [0] * (2 * row.dim())
    sides[2 * row.dim() - (2 if padding_side == "left" else 1)] = missing
    rows.append(torch.constant_pad_nd(row, sides, padding_value))
return torch.stack(rows, 0 if batch_first else 1)
""",
)
composite(
    "aten::_pack_padded_sequence(Tensor input, Tensor lengths, bool batch_first) -> (Tensor, Tensor)",
    """
if lengths.dim() != 1 or lengths.numel() != input.size(0 if batch_first else 1):
    raise RuntimeError("Expected `len(lengths)` to be equal to batch_size")
ends = torch.jit.annotate(List[int], lengths.tolist())
count = len(ends)
if count == 0 or ends[count - 1] <= 0:
    raise RuntimeError("Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0")
for i in range(1, count):
    if ends[i] > ends[i - 1]:
        raise RuntimeError("`lengths` array must be sorted in decreasing order when `enforce_sorted` is True")
steps = input.transpose(0, 1) if batch_first else input
if ends[0] > steps.size(0):
    raise RuntimeError("Expected no length to be above that of the padded sequences")
reached = torch.arange(ends[0]).unsqueeze(1) < lengths.unsqueeze(0)
return steps[:ends[0]][reached], reached.sum(1)
""",
    shapes="input:t, lengths:i64[n] -> :t",
)
composite(
    "aten::_pad_packed_sequence(Tensor data, Tensor batch_sizes, bool batch_first, Scalar padding_value, "
    "int total_length) -> (Tensor, Tensor)",
    """
longest = batch_sizes.numel()
steps = longest
if total_length > 0:
    if total_length < longest:
        raise RuntimeError("Expected total_length to be at least the length of the longest sequence in input")
    steps = total_length
count = int(batch_sizes[0])
reached = torch.arange(count).unsqueeze(0) < batch_sizes.unsqueeze(1)
padded = data.new_full([steps, count] + data.size()[1:], padding_value)
held = padded[:longest]
held[reached] = data
return padded.transpose(0, 1) if batch_first else padded, reached.sum(0)
""",
    shapes="data:t, batch_sizes:i64[n] -> :t",
)
