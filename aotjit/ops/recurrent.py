"""Recurrent layers and cells: written in the language. The input's part of all steps is one product."""

from __future__ import annotations

from collections.abc import Mapping

from aotjit.ops.declare import composite, operator
from aotjit.ops.opdef import Composite

# -- cells ------------------------------------------------------------------------------------------------------------

_LINEAR = """
part = torch.linear(input, w_ih, b_ih)
state = torch.linear({h}, w_hh, b_hh)
"""
_WEIGHTS = "Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? b_hh=None"
_LSTM_STEP = """
i, f, g, o = gates.chunk(4, -1)
c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
h = torch.sigmoid(o) * torch.tanh(c)
"""
_GRU_STEP = """
ir, iz, inew = part.chunk(3, -1)
hr, hz, hnew = state.chunk(3, -1)
r = torch.sigmoid(ir + hr)
z = torch.sigmoid(iz + hz)
n = torch.tanh(inew + r * hnew)
h = n + z * (h - n)
"""
composite(f"aten::lstm_cell(Tensor input, Tensor[] hx, {_WEIGHTS}) -> (Tensor, Tensor)",
          _LINEAR.format(h="hx[0]") + "gates = part + state\nc = hx[1]" + _LSTM_STEP + "return h, c")  # fmt: skip
composite(f"aten::gru_cell(Tensor input, Tensor hx, {_WEIGHTS}) -> Tensor",
          "h = hx" + _LINEAR.format(h="h") + _GRU_STEP + "return h")  # fmt: skip
for _name in ("tanh", "relu"):
    composite(f"aten::rnn_{_name}_cell(Tensor input, Tensor hx, {_WEIGHTS}) -> Tensor",
              _LINEAR.format(h="hx") + f"return torch.{_name}(part + state)")  # fmt: skip

# -- layers -----------------------------------------------------------------------------------------------------------

_PACKED_BEFORE = """
b = sizes[t]
kept_h = h[b:]
h = h[:b]
part_of_t = parts[starts[t]:starts[t] + b]
"""
"""The sequences that have a step t are the first ones."""
_STEPS = {
    "lstm": "gates = parts[t] + torch.mm(h, w)\n" + _LSTM_STEP.strip(),
    "gru": "part = parts[t]\nstate = torch.linear(h, w_hh, b_hh)\n" + _GRU_STEP.strip(),
    "rnn_tanh": "h = torch.tanh(parts[t] + torch.mm(h, w))",
    "rnn_relu": "h = torch.relu(parts[t] + torch.mm(h, w))",
}


def _indented(text: str, by: int) -> str:
    return "\n".join(" " * by + line for line in text.splitlines())


def _layer(kind: str, index: str, place: str, biases: bool, projected: bool, reverse: bool | None,
           packed: bool = False) -> str:  # fmt: skip
    """One direction of one layer, over all steps of `x`: appends its outputs to `sides`. `index` says which of the
    first states it takes, `place` is where its weights start; a `reverse` of None is decided when it runs."""
    lstm, gru = kind == "lstm", kind == "gru"
    lines = [f"w_ih = params[{place}]", f"w_hh = params[{place} + 1]", "w = w_hh.t()"]
    bias = "None"
    if biases:
        lines += [f"b_ih = params[{place} + 2]", f"b_hh = params[{place} + 3]"]
        bias = "b_ih" if gru else "b_ih + b_hh"
    elif gru:
        lines.append("b_hh = torch.jit.annotate(Optional[Tensor], None)")
    lines += [f"parts = torch.linear(x, w_ih, {bias})", f"h = first_h[{index}]"]
    lines += [f"c = first_c[{index}]"] if lstm else []
    lines += [f"w_hr = params[{place} + {4 if biases else 2}].t()"] if projected else []
    count = "len(sizes)" if packed else "x.size(0)"
    lines += ["steps = torch.jit.annotate(List[Tensor], [])", f"for step in range({count}):"]
    backwards = f"{count} - 1 - step"
    order = f"{backwards} if side == 1 else step" if reverse is None else backwards if reverse else "step"
    step = _STEPS[kind]
    if packed:
        step = _PACKED_BEFORE + ("kept_c = c[b:]\nc = c[:b]\n" if lstm else "") + step.replace("parts[t]", "part_of_t")
    body = f"t = {order}\n{step}\n" + ("h = torch.mm(h, w_hr)\n" if projected else "") + "steps.append(h)\n"
    if packed:
        body += "h = torch.cat([h, kept_h])\n" + ("c = torch.cat([c, kept_c])\n" if lstm else "")
    lines += [_indented(body, 4)]
    if packed:
        lines += ["if side == 1:", "    steps.reverse()"] if reverse is None else ["steps.reverse()"] if reverse else []
        lines += ["whole = torch.cat(steps)", "sides.append(whole)", "last_h.append(h)"]
        return "\n".join(lines + (["last_c.append(c)"] if lstm else []))
    lines += ["whole = torch.stack(steps)"]
    if reverse is None:
        lines += ["if side == 1:", "    whole = whole.flip([0])"]
    elif reverse:
        lines.append("whole = whole.flip([0])")
    lines += ["sides.append(whole)", "last_h.append(h)"] + (["last_c.append(c)"] if lstm else [])
    return "\n".join(lines)


_HEAD = """
{states}
is_batched = input.dim() == 3
x = input
if not is_batched:
    x = input.unsqueeze(1)
    first_h = first_h.unsqueeze(1)
{unbatched}
elif batch_first:
    x = input.transpose(0, 1)
last_h = torch.jit.annotate(List[Tensor], [])
last_c = torch.jit.annotate(List[Tensor], [])
"""
_TAIL = """
h_n = torch.stack(last_h)
if not is_batched:
    x = x.squeeze(1)
    h_n = h_n.squeeze(1)
elif batch_first:
    x = x.transpose(0, 1)
"""
_BETWEEN = "x = torch.cat(sides, -1) if len(sides) > 1 else sides[0]\n"
_DROPOUT = "x = torch.dropout(x, dropout, train)\n"


def _head(kind: str) -> str:
    if kind == "lstm":
        return _HEAD.format(states="first_h = hx[0]\nfirst_c = hx[1]", unbatched="    first_c = first_c.unsqueeze(1)")
    return _HEAD.format(states="first_h = hx", unbatched="    pass")


def _tail(kind: str) -> str:
    if kind != "lstm":
        return _TAIL + "return x, h_n"
    return _TAIL + "c_n = torch.stack(last_c)\nif not is_batched:\n    c_n = c_n.squeeze(1)\nreturn x, h_n, c_n"


_NAMES = "input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first"


def _function(name: str, names: str, body: str) -> str:
    return f"def {name}({names}):\n" + _indented(body, 4) + "\n"


def _looped_layers(kind: str, packed: bool) -> str:
    """For any numbers of layers and directions, known when it runs; without projections."""

    def whole(biases: bool) -> str:
        inner = _layer(kind, "at", f"at * {4 if biases else 2}", biases, False, None, packed)
        return (
            "for layer in range(num_layers):\n    sides = torch.jit.annotate(List[Tensor], [])\n"
            "    for side in range(2 if bidirectional else 1):\n"
            "        at = layer * (2 if bidirectional else 1) + side\n" + _indented(inner, 8) + "\n"
            + _indented(_BETWEEN.rstrip(), 4) + "\n    if layer + 1 < num_layers:\n" + _indented(_DROPOUT.rstrip(), 8)
        )  # fmt: skip

    return f"if has_biases:\n{_indented(whole(True), 4)}\nelse:\n{_indented(whole(False), 4)}\n"


def _looped(kind: str) -> str:
    projections = ""
    if kind == "lstm":
        projections = "if hx[0].size(-1) != hx[1].size(-1):\n    raise NotImplementedError('an LSTM with projections " \
                      "whose number of layers is not known at compile time')\n"  # fmt: skip
    return _function(kind, _NAMES, projections + _head(kind) + _looped_layers(kind, False) + _tail(kind))


def _unrolled(kind: str, constants: Mapping[str, object]) -> str | None:
    """With the layers one after another, where their number is known: weights are then known by place."""
    layers, biases = constants["num_layers"], constants["has_biases"]
    both = constants["bidirectional"]
    if not isinstance(layers, int) or not isinstance(biases, bool) or not isinstance(both, bool) or layers > 64:
        return None

    def whole(projected: bool) -> str:
        text = ""
        for layer in range(layers):
            text += "sides = torch.jit.annotate(List[Tensor], [])\n"
            for side in range(1 + both):
                at = layer * (1 + both) + side
                place = at * ((4 if biases else 2) + projected)
                text += _layer(kind, str(at), str(place), biases, projected, side == 1) + "\n"
            text += _BETWEEN + (_DROPOUT if layer + 1 < layers else "")
        return text

    body = whole(False)
    if kind == "lstm":
        count = layers * (1 + both) * (4 if biases else 2)
        body = f"if len(params) == {count}:\n{_indented(body, 4)}\nelse:\n{_indented(whole(True), 4)}\n"
    return _function(kind, _NAMES, _head(kind) + body + _tail(kind))


_PACKED_HEAD = """
{states}
sizes = torch.jit.annotate(List[int], [])
starts = torch.jit.annotate(List[int], [])
start = 0
for i in range(batch_sizes.numel()):
    size = int(batch_sizes[i])
    sizes.append(size)
    starts.append(start)
    start += size
x = data
last_h = torch.jit.annotate(List[Tensor], [])
last_c = torch.jit.annotate(List[Tensor], [])
"""
_PACKED_NAMES = "data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional"


def _packed(kind: str, layers: str) -> str:
    """Over sequences of several lengths, the longest first, step after step."""
    states = "first_h = hx[0]\nfirst_c = hx[1]" if kind == "lstm" else "first_h = hx"
    results = "x, torch.stack(last_h)" + (", torch.stack(last_c)" if kind == "lstm" else "")
    return _function(kind, _PACKED_NAMES, f"{_PACKED_HEAD.format(states=states)}{layers}return {results}")


def _packed_looped(kind: str) -> str:
    return _packed(kind, _looped_layers(kind, True))


def _packed_unrolled(kind: str, constants: Mapping[str, object]) -> str | None:
    layers, biases, both = (constants[n] for n in ("num_layers", "has_biases", "bidirectional"))
    if not isinstance(layers, int) or not isinstance(biases, bool) or not isinstance(both, bool) or layers > 64:
        return None
    text = ""
    for layer in range(layers):
        text += "sides = torch.jit.annotate(List[Tensor], [])\n"
        for side in range(1 + both):
            at = layer * (1 + both) + side
            text += _layer(kind, str(at), str(at * (4 if biases else 2)), biases, False, side == 1, packed=True) + "\n"
        text += _BETWEEN + (_DROPOUT if layer + 1 < layers else "")
    return _packed(kind, text)


_OPTIONS = "bool has_biases, int num_layers, float dropout, bool train, bool bidirectional"


def _declare(kind: str) -> None:
    hx = "Tensor[] hx" if kind == "lstm" else "Tensor hx"
    returns = "(Tensor, Tensor, Tensor)" if kind == "lstm" else "(Tensor, Tensor)"
    operator(
        f"aten::{kind}.input(Tensor input, {hx}, Tensor[] params, {_OPTIONS}, bool batch_first) -> {returns}",
        lowering=Composite(lambda: _looped(kind), unrolled=lambda constants: _unrolled(kind, constants)),
    )

    operator(
        f"aten::{kind}.data(Tensor data, Tensor batch_sizes, {hx}, Tensor[] params, {_OPTIONS}) -> {returns}",
        lowering=Composite(
            lambda: _packed_looped(kind),
            unrolled=lambda constants: _packed_unrolled(kind, constants),
        ),
    )


for _kind in ("lstm", "gru", "rnn_tanh", "rnn_relu"):
    _declare(_kind)
