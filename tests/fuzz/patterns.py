"""What random programs of `language.py` are made of: patterns of statements and expressions by type.

A hole in a pattern is `{T}` (an expression of type T), `{=T}` (a variable of type T that exists), `{new:T}` (a name
that the pattern makes a variable of type T, visible in its block), `{fresh}` (a name for the pattern alone), `{block}`
(nested statements) or `{loop}` (the same, where `break` and `continue` may stand). `{=T:a}` gives the name a label, and
`{a}` is that name again. Braces of the program are doubled.

torch.jit evaluates the left side of `%` and the middle of `a < b < c` twice and the argument of dict() three times:
only variables stand there.
"""

from __future__ import annotations

PRELUDE = '''import cmath
import math
from enum import Enum
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

import torch
from torch import Tensor


class Hue(Enum):
    RED = 1
    GREEN = 2
    BLUE = 5


class Point(NamedTuple):
    x: int
    w: float


class Box:
    def __init__(self, n: int, t: Tensor, s: float = 0.5):
        self.n = n
        self.t = t
        self.s = s
        self.ns: List[int] = [n]
        self.last = torch.jit.annotate(Optional[str], None)

    def grow(self, k: int) -> int:
        self.n += k
        self.ns.append(self.n)
        return len(self.ns)

    def swap(self, other: "Box") -> None:
        self.t, other.t = other.t, self.t
        self.ns, other.ns = other.ns, self.ns

    def name(self) -> str:
        last = self.last
        if last is not None:
            return last
        self.last = "box" + str(self.n)
        return "new"

    @property
    def doubled(self) -> int:
        return self.n * 2

    def __add__(self, other: "Box") -> "Box":
        return Box(self.n + other.n, self.t + other.t, self.s)

    def __lt__(self, other: "Box") -> bool:
        return self.n < other.n

    def __len__(self) -> int:
        return len(self.ns)

    def __getitem__(self, i: int) -> int:
        return self.ns[i]


class Guard:
    def __init__(self, seen: List[int]):
        self.seen = seen

    def __enter__(self) -> int:
        self.seen.append(-7)
        return len(self.seen)

    def __exit__(self, kind: Any, value: Any, trace: Any) -> None:
        self.seen.append(-8)


def _first_even(ns: List[int]) -> Optional[int]:
    for n in ns:
        if n % 2 == 0:
            return n
    return None


def _pick(ns: List[int], at: int, otherwise: int = -1) -> int:
    if at < 0 or at >= len(ns):
        return otherwise
    return ns[at]


def _describe(value: Union[int, str]) -> str:
    if isinstance(value, int):
        return "int " + str(value)
    return "str " + value


def _either(n: int, s: str) -> Union[int, str]:
    if n > 2:
        return n
    return s


def _hue(n: int) -> Hue:
    if n == 1:
        return Hue.RED
    elif n > 3:
        return Hue.GREEN
    return Hue.BLUE


def _split(s: str) -> Tuple[int, str]:
    total = 0
    for c in s:
        if c == "l":
            break
        if c.isspace():
            continue
        total += ord(c)
    return total, s[::-1]


def _move(p: Point, n: int) -> Point:
    return Point(p.x + n, p.w * 0.5)


def _scale_rows(t: Tensor, ns: List[int]) -> Tensor:
    out = t.clone()
    for i, n in enumerate(ns):
        if i == 3:
            return out
        out[i] *= n
    return out


def _bump(t: Tensor, ns: List[int]) -> None:
    t[1] += 1.0
    ns.append(len(ns))


def _task(t: Tensor, n: int) -> Tensor:
    total = torch.zeros(3, 3)
    for i in range(n & 3):
        total += t * i
    return total


'''

PARAMETERS = {"n": "int", "k": "int", "x": "float", "s": "str", "ns": "ints", "t": "mat", "u": "mat"}

TYPES = {
    "int": "int", "float": "float", "bool": "bool", "str": "str", "ints": "List[int]", "floats": "List[float]",
    "strs": "List[str]", "pair": "Tuple[int, str]", "pairs": "List[Tuple[int, str]]", "point": "Point",
    "counts": "Dict[str, int]", "table": "Dict[int, float]", "groups": "Dict[str, List[int]]",
    "maybe": "Optional[int]", "maybe_mat": "Optional[Tensor]", "either": "Union[int, str]", "mat": "Tensor",
    "row": "Tensor", "whole": "Tensor", "mask": "Tensor", "mats": "List[Tensor]", "box": "Box", "boxes": "List[Box]",
    "hue": "Hue", "complex": "complex", "complexes": "List[complex]", "spectrum": "Dict[complex, int]",
}  # fmt: skip
"""`mat` is float [3, 3], `row` float [3], `whole` int64 [3], `mask` bool [3, 3]."""

THEMES = {
    "scalars": ("int", "float", "bool"),
    "strings": ("str", "strs", "int", "pair", "counts"),
    "containers": ("ints", "floats", "strs", "pairs", "counts", "table", "groups", "point"),
    "unions": ("maybe", "maybe_mat", "either", "hue", "point", "int", "str"),
    "classes": ("box", "boxes", "ints", "mat", "hue"),
    "tensors": ("mat", "row", "whole", "mask", "mats", "float"),
    "complex numbers": ("complex", "complexes", "spectrum", "float", "int", "str"),
    "mixed": tuple(TYPES),
}

RESULTS = {
    "box": "({v}.n, {v}.t, {v}.s, {v}.ns, {v}.last)", "boxes": "[(b.n, b.ns) for b in {v}]", "hue": "{v}.value",
    "either": "_describe({v})", "point": "({v}.x, {v}.w)",
}  # fmt: skip
"""How a variable is returned; `{v}` where nothing is said."""

EXPRESSIONS: dict[str, tuple[str, ...]] = {
    "int": (
        "0", "1", "2", "3", "-1", "7", "({int} + {int})", "({int} - {int})", "({int} * {int})", "({int} // 3)",
        "({=int} % 5)", "({int} // -4)", "({=int} % -7)", "({int} & {int})", "({int} | {int})", "({int} ^ {int})",
        "({int} << 2)", "({int} >> 1)", "(-{int})", "abs({int})", "min({int}, {int})", "max({int}, {int}, 2)",
        "len({str})", "len({ints})", "len({counts})", "{str}.find({str})", "{str}.count('a')", "int({bool})",
        "int({float})", "({int} if {bool} else {int})", "sum({ints})", "{=ints}[{int}]", "{=ints}[-1]", "{=pair}[0]",
        "{=point}.x", "{=counts}.get({str}, {int})", "{=counts}[{str}]", "{=mat}.size(0)", "int({whole}.sum())",
        "int({whole}[1])", "{=box}.n", "{=box}.grow({int})", "len({=box})", "{=box}[0]", "{=box}.doubled",
        "{=hue}.value", "_pick({ints}, {int})", "_pick({ints}, {int}, otherwise={int})", "ord('a')",
        "divmod({int}, 3)[1]", "{=ints}.count({int})", "{=ints}.pop()", "math.floor({float})",
        "{=counts}.pop({str}, {int})", "max({ints})", "{=whole}.numel()", "{=boxes}[-1].n",
        "_split({str})[0]", "{=groups}[{str}][0]", "{=row}.dim()", "{str}.rfind('l')", "int('12')",
    ),
    "float": (
        "0.5", "-1.25", "2.0", "({float} + {float})", "({float} - {float})", "({float} * {float})", "({float} / 4.0)",
        "float({int})", "abs({float})", "min({float}, {float})", "max({float}, 0.25)", "({int} / 4)",
        "({float} if {bool} else {float})", "{=floats}[0]", "sum({floats})", "{=point}.w", "float({mat}.sum())",
        "float({mat}[1, 2])", "{=table}.get({int}, {float})", "({float} // 0.5)", "({=float} % 3.0)", "{=box}.s",
        "(-{float})", "math.sqrt(abs({float}))", "({int} * {float})", "({float} - {int})", "{=table}[{int}]",
        "abs({complex})", "float({=complex:a} * {a})", "cmath.phase({complex} + 0.5)",
        "float({row}.max())", "round({float})", "(2 ** {float})", "float('1.5')", "{=row}[0].item() * 1.0",
    ),
    "bool": (
        "True", "False", "({int} < {int})", "({int} >= {int})", "({int} == {int})", "({float} <= {float})",
        "({str} == {str})", "({str} < {str})", "(not {bool})", "({bool} and {bool})", "({bool} or {bool})",
        "({int} in {ints})", "({str} in {strs})", "({str} in {=counts})", "({ints} == {ints})", "({=maybe} is None)",
        "({=box} is {=box})", "({=box} < {=box})", "({=hue} == Hue.RED)", "isinstance({=either}, int)",
        "({int} < {=int} <= {int})", "bool({mat}.sum() > 0)", "torch.equal({mat}, {mat})", "bool({mask}.any())",
        "{str}.startswith({str})", "{str}.isdigit()", "({strs} != {strs})", "({str} in {str})",
        "({=maybe_mat} is not None)", "bool({int})", "({hue} != {hue})", "({int} not in {=table})",
        "({complex} == {complex})", "({complex} in {=spectrum})", "({complex} != {float})", "cmath.isfinite({complex})",
        "any([c > 1 for c in {ints}])", "bool({mask}.all())",
    ),
    "str": (
        "'a'", "'b c'", "''", "'stone'", "'l,m,,n'", "({str} + {str})", "str({int})", "{str}.upper()", "{str}[1:]",
        "{str}[{int}]", "{str}[::-1]", "{str}[-3:]", "{str}.replace('a', {str})", "{str}.strip()", "'-'.join({strs})",
        "f'{{{=int}}}|{{{=str}}}'", "('%d %s' % ({int}, {str}))", "'{{}}/{{}}'.format({int}, {bool})", "str({float})",
        "str({ints})", "chr(97 + {=int} % 26)", "hex({int})", "{=pair}[1]", "{=hue}.name", "_describe({either})",
        "{str}.zfill(5)", "{str}.center(7, '*')", "{str}.title()", "({str} if {bool} else {str})", "{=strs}[0]",
        "{=box}.name()", "{str}.split(',')[0]", "{str}.partition('l')[2]", "{str}.capitalize()", "{str}.ljust(4)",
        "_split({str})[1]", "f'{{{=float}}} {{{=ints}}}'", "{=strs}.pop()", "{str}.lstrip('a')", "bin({int})",
    ),
    "ints": (
        "[{int}]", "[{int}, {int}]", "[{int}, {int}, {int}]", "({ints} + {ints})", "{=ints}[1:]", "{=ints}[::2]",
        "{=ints}[{int}:{int}]", "list(range({=int} % 5))", "[{fresh:c} * {int} for {c} in {ints}]", "sorted({ints})",
        "{=ints}.copy()", "[len({fresh:c}) for {c} in {strs}]", "list({counts}.values())", "{=groups}[{str}]",
        "{=box}.ns", "({ints} * 2)[:24]", "[ord({fresh:c}) for {c} in {str}]", "list({=table}.keys())", "{=ints}[::-1]",
        "[{fresh:c}.n for {c} in {=boxes}]", "[{fresh:c} + {fresh:d} for {c}, {d} in zip({ints}, {ints})]",
        "({ints} if {bool} else {ints})", "{=groups}.get({str}, {ints})",
    ),
    "floats": (
        "[{float}]", "[{float}, {float}]", "[float({fresh:c}) for {c} in {ints}]", "list({=table}.values())",
        "sorted({floats})", "{=floats}[1:]", "({floats} + {floats})", "[{fresh:c} * 0.5 for {c} in {floats}]",
    ),
    "strs": (
        "[{str}]", "[{str}, {str}]", "{str}.split('a')", "{str}.split()", "list({str})", "sorted({strs})",
        "[{fresh:c}.upper() for {c} in {strs}]", "list({=counts}.keys())", "{=strs}[1:]", "{=strs}.copy()",
        "[str({fresh:c}) for {c} in {ints}]", "{str}.splitlines()",
        "[{fresh:c} + str({fresh:d}) for {d}, {c} in {pairs}]",
    ),
    "pair": ("({int}, {str})", "{=pairs}[0]", "_split({str})", "({pair} if {bool} else {pair})"),
    "pairs": (
        "[({int}, {str})]", "[({int}, {str}), {pair}]", "sorted({pairs})", "list(enumerate({strs}))",
        "list(zip({ints}, {strs}))", "{=pairs}[:2]",
    ),
    "point": ("Point({int}, {float})", "_move({point}, {int})", "Point(w={float}, x={int})"),
    "counts": (
        "{{{str}: {int}}}", "{{{str}: {int}, 'a': {int}}}", "{{{fresh:c}: len({c}) for {c} in {strs}}}",
        "{=counts}.copy()", "dict([({=str}, {=int})])", "{{{fresh:c}: {fresh:d} for {d}, {c} in {pairs}}}",
    ),
    "table": ("{{{int}: {float}}}", "{{{fresh:c}: float({c}) for {c} in {ints}}}", "{=table}.copy()"),
    "groups": ("{{{str}: {ints}}}", "{{{str}: {ints}, 'b c': {=ints}}}", "{{{fresh:c}: [{int}] for {c} in {strs}}}"),
    "maybe": ("_first_even({ints})",),
    "maybe_mat": (),
    "either": ("_either({int}, {str})",),
    "mat": (
        "({mat} + {mat})", "({mat} - {mat})", "({mat} * {mat})", "({mat} * {float})", "{mat}.t()", "{mat}.clone()",
        "torch.relu({mat})", "{mat}.abs()", "{mat}.clamp(-2.0, 2.0)", "torch.where({mask}, {mat}, {mat})",
        "({mat} @ {mat})", "({mat} + {row})", "torch.stack([{row}, {row}, {row}])", "torch.zeros(3, 3)",
        "torch.ones_like({mat})", "{mat}.flip([0])", "{mat}[[2, 0, 1]]", "{mat}[torch.tensor([1, 1, 0])]",
        "{mat}.view(3, 3)", "{mat}.transpose(0, 1)", "{mat}.reshape(9).view(3, 3)", "{=mats}[0]", "{=box}.t",
        "torch.tanh({mat})", "_scale_rows({mat}, {ints})", "torch.cat([{mat}[:1], {mat}[1:]])", "{mat}.cumsum(0)",
        "{mat}.masked_fill({mask}, {float})", "{mat}.sort(1)[0]", "({mat} if {bool} else {mat})", "(-{mat})",
        "({mat} / 2)", "torch.max({mat}, {mat})", "{mat}.permute(1, 0)", "({mat} - {int})", "{mat}[:, [0, 2, 1]]",
        "{mat}.unsqueeze(0).squeeze(0)", "({row}.unsqueeze(1) * {row})", "{mat}.softmax(-1)", "{mask}.float()",
        "torch.stack({mats}).sum(0)", "{mat}.index_select(0, torch.arange(3))", "({whole} + {mat})",
    ),
    "row": (
        "{mat}[1]", "{mat}[-1]", "{mat}[:, 1]", "{mat}.sum(0)", "{mat}.max(1)[0]", "({row} + {row})",
        "({row} * {float})", "{mat}.diagonal()", "{mat}.mean(1)", "{whole}.to(torch.float32)", "{mat}[1, :]",
        "{mat}[..., 0]", "torch.tensor([{float}, {float}, 1.0])", "{mat}.unbind(0)[1]", "{mat}.select(1, 2)",
        "torch.full([3], {float})", "({mat} @ {row})", "{mat}[{whole} % 3, torch.arange(3)]", "{mat}.t()[2]",
        "{mat}.view(9)[::4]", "{mat}.chunk(3)[1].view(3)", "{row}.flip([0])", "({row} - {whole})",
    ),
    "whole": (
        "torch.arange(3)", "torch.tensor([{int}, {int}, 2])", "({whole} + {whole})", "({whole} * {int})",
        "{mat}.argmax(1)", "({whole} // 2)", "torch.remainder({whole}, 3)", "({row} > 0).to(torch.int64)",
        "{mask}.sum(0)", "{whole}[[2, 1, 0]]",
        "torch.where({whole} > 1, {whole}, {int})", "{row}.argsort()", "{whole}.cumsum(0)",
    ),
    "mask": (
        "({mat} > {mat})", "({mat} == {mat})", "({mat} < {float})", "(~{mask})", "({mask} & {mask})",
        "({mask} | {mask})", "({mat} > {row})", "{mask}.t()",
    ),
    "mats": ("[{mat}]", "[{mat}, {mat}]", "[{fresh:c} * 2 for {c} in {=mats}]", "({mats} + [{mat}])"),
    "box": ("Box({int}, {mat})", "Box({int}, {mat}, {float})", "Box({int}, s={float}, t={mat})", "{=boxes}[0]",
            "({=box} + {=box})", "({=box} if {bool} else {=box})"),
    "boxes": ("[Box({int}, {mat})]", "[Box({fresh:c}, {mat}) for {c} in {ints}]", "sorted({=boxes})",
              "[{=box}, {=box}]"),
    "complex": (
        "1j", "(2 - 0.5j)", "({complex} + {complex})", "({complex} - {complex})", "({complex} * {complex})",
        "(-{complex})", "({complex} / (3 + 4j))", "complex({float}, {int})", "complex({float})",
        "({float} * {complex})",
        "({complex} - {int})", "({int} + {complex})", "({complex} if {bool} else {complex})", "{=complexes}[0]",
        "{=complexes}[{int}]", "cmath.sqrt({complex})", "torch.polar(1.5, {float})", "sum([{complex}, {complex}])",
        "{=complexes}.pop()", "complex(({row} * {complex})[1])", "complex({row}[0], {float})",
        "cmath.exp(0.01j * {float})", "({complex} * {bool})",
    ),
    "complexes": (
        "[{complex}]", "[{complex}, {complex}]", "{=complexes}[1:]", "({complexes} + {complexes})",
        "[{fresh:c} * 1j for {c} in {complexes}]", "list({=spectrum}.keys())", "{=complexes}[::-1]",
        "[complex({fresh:c}, 1) for {c} in {ints}]",
    ),
    "spectrum": (
        "{{{complex}: {int}}}", "{{{fresh:c}: len({str}) for {c} in {complexes}}}", "{=spectrum}.copy()",
    ),
    "hue": ("Hue.RED", "Hue.BLUE", "_hue({int})", "({hue} if {bool} else {hue})"),
}  # fmt: skip

SIMPLE = (
    "{=complex} += {complex}", "{=complex} *= {complex}", "{=complex} -= {float}", "{=complexes}.append({complex})",
    "{=complexes}[0] = {complex}", "{=spectrum}[{complex}] = {int}", "{=spectrum}.pop({complex}, {int})",
    "{=spectrum}[{complex}] = {=spectrum}.get({complex}, 0) + 1", "{=complexes}.insert({int}, {complex})",
    "for {fresh:w}, {fresh:g} in {=spectrum}.items():\n    {=complex} += {w} * {g}",
    "for {fresh:w} in {=complexes}:\n    {=complex} += {w}",
    "{=int} += {int}", "{=int} -= {int}", "{=int} *= {int}", "{=int} |= {int}", "{=int} ^= {int}",
    "{=int} <<= 1", "{=float} += {float}", "{=float} *= {float}", "{=float} /= 2.0", "{=float} -= {int}",
    "{=str} += {str}", "{=ints}.append({int})", "{=ints}.extend({ints})", "{=ints}.insert({int}, {int})",
    "{=int} = {=ints}.pop()", "{=ints}.reverse()", "{=ints}.sort()", "{=ints}.sort(reverse=True)",
    "{=ints}[{int}] = {int}", "{=ints}[-1] += {int}", "{=ints}[0], {=int} = {int}, {int}", "{=ints} += [{int}, {int}]",
    "{=ints} *= 2", "del {=ints}[0]", "{=ints}.clear()", "{=floats}.append({float})", "{=floats}.sort()",
    "{=floats}[0] *= 2.0", "{=strs}.append({str})", "{=strs}.sort()", "{=strs} += [{str}]", "{=strs}[0] += {str}",
    "{=pairs}.append(({int}, {str}))", "{=pairs}.sort()", "{=pairs}[0] = {pair}", "{=counts}[{str}] = {int}",
    "{=counts}[{str}] = {=counts}.get({str}, 0) + 1", "{=counts}.update({counts})",
    "{=int} = {=counts}.setdefault({str}, {int})",
    "{=counts}['a'] = {int}\n{=counts}['a'] -= {int}", "if {str} in {=counts:a}:\n    {a}.clear()",
    "{=table}[{int}] = {float}", "{=table}.pop({int}, {float})", "{=groups}[{str}] = {=ints}",
    "{=groups}.setdefault({str}, {ints}).append({int})", "for {fresh:g} in {=groups}.values():\n    {g}.append({int})",
    "for {fresh:w}, {fresh:g} in {=groups}.items():\n    {=int} += len({w}) * len({g})",
    "if len({=counts:a}) > 1:\n    {fresh:w}, {fresh:g} = {a}.popitem()\n    {=str} += {w}\n    {=int} += {g}",
    "if {str} in {=counts:a}:\n    del {a}[{str}]",
    "{=int:a}, {=int:b} = {b}, {a}", "{=mat:a}, {=mat:b} = {b}, {a}", "{=int}, {=str} = {pair}",
    "{=int}, {=float} = {point}",
    "{=int}, {=str} = {=str}.count('a'), {str}", "_bump({=mat}, {=ints})",
    "{=mat}[0] = {row}.clone()", "{=mat}[:, 1] += {row}.clone()", "{=mat}[1:, :2] *= {float}",
    "{=mat}[{mask}] = {float}",
    "{=mat}[0, 1] = {float}", "{=mat}.add_({mat}.clone())", "{=mat} *= {float}", "{=mat} -= {mat}.clone()",
    "{=mat}[::2] = {float}",
    "{=mat}[torch.tensor([0, 2])] += 1.0", "{=mat}.masked_fill_({mask}, {float})", "{=mat}.zero_()",
    "{=mat}.copy_({mat}.clone())", "{=row}.mul_({float})", "{=row} += {row}.clone()",
    "{=mat}.select(0, 1).add_({row}.clone())",
    "{=whole}[1] = {int}", "{=whole} += {whole}", "{=mat}[[0, 2]] = {row}.clone()", "{=mat}[..., 0] = 0.5",
    "{=mat}[:2][1] -= {row}.clone()", "{=mat}.t()[1] = {row}.clone()", "{=mat}.view(9)[4] = {float}",
    "{=row}[1:] = {row}[:2].clone()",
    "{=mat}[{mask}] *= 2.0", "{=mat}.clamp_(-3.0, 3.0)", "{=mat}.diagonal().fill_({float})", "{=mask}[0] = {bool}",
    "{=mat}.unbind(1)[2].neg_()", "{=mat}[{=int} % 3] = {=mat}[{=int} % 3]", "{=mat}[None, 1] += 1.0",
    "{=mats}.append({mat})", "{=mats}[0] += {mat}.clone()", "{=mats}[-1][0] = {row}.clone()",
    "{=mat} = torch.cat({=mats})[:3]",
    "{=box}.n = {int}", "{=box}.n += {int}", "{=box}.t = {mat}", "{=box}.t[0] = {row}.clone()",
    "{=box}.ns.append({int})",
    "{=box}.grow({int})", "{=box}.swap({=box})", "{=box}.last = {str}", "{=box}.last = None", "{=box}.s = {float}",
    "{=box}.ns = {ints}", "{=boxes}.append({=box})", "{=boxes}.sort()", "{=boxes}[0] = {=box}", "{=boxes}.reverse()",
    "{=box}.t *= 0.5", "{=box}.ns[0] += 1", "{=int} = {=boxes}[0].grow({int})",
    "if {=maybe:a} is not None:\n    {=int} += {a}", "if {=maybe:a} is None:\n    {a} = {int}",
    "if {=maybe:a} is not None and {a} > {int}:\n    {=int} = {a} * 2", "{=maybe} = None", "{=maybe} = {int}",
    "{=maybe_mat} = None", "{=maybe_mat} = {mat}", "if {=maybe_mat:a} is not None:\n    {a} += 1.0",
    "{=int} = 3 if {=maybe:a} is None else {a}",
    "if isinstance({=either:a}, int):\n    {=int} += {a}\nelse:\n    {=str} += {a}", "{=either} = {int}",
    "{=either} = {str}", "if isinstance({=either:a}, str) and len({a}) > 1:\n    {=str} = {a}[1:]",
    "print({int}, {str}, {float})", "print({ints}, {bool})", "print('%s' % {str}, {=counts})",
    "print({=point}, {=pair})",
    "{fresh:f} = torch.jit.fork(_task, {mat}, {int})\n{=mat} = torch.jit.wait({f})",
    "assert {int} < 100, 'too many'", "if {int} > 30:\n    raise ValueError('n is {{}}'.format({int}))",
    "{=str} = '{{}} {{}}'.format({strs}, {float})", "{=int} = len({mats})", "{=bool} = {bool}", "{=bool} = not {=bool}",
)  # fmt: skip

NESTED = (
    "if {bool}:\n    {block}", "if {bool}:\n    {block}\nelse:\n    {block}",
    "if {bool}:\n    {block}\nelif {bool}:\n    {block}\nelse:\n    {block}",
    "for {new:int} in range({=int} % 4):\n    {loop}",
    "for {new:int} in range({=int} % 5, 0, -2):\n    {loop}", "for {new:int} in range(1, 4):\n    {loop}",
    "for {new:int} in {ints}:\n    {loop}", "for {new:int}, {new:str} in {pairs}:\n    {loop}",
    "for {new:int}, {new:str} in enumerate({strs}):\n    {loop}", "for {new:str} in {str}:\n    {loop}",
    "for {new:int}, {new:str} in zip({ints}, {strs}):\n    {loop}", "for {new:str} in {=counts}:\n    {loop}",
    "for {new:str}, {new:int} in {counts}.items():\n    {loop}", "for {new:row} in {mat}:\n    {loop}",
    "for {new:box} in {=boxes}.copy():\n    {loop}", "for {new:float} in {floats}:\n    {loop}",
    "for {new:str}, {new:ints} in {groups}.items():\n    {loop}", "for {new:mat} in {mats}:\n    {loop}",
    "{fresh:c} = 0\nwhile {c} < 3 and {bool}:\n    {c} += 1\n    {loop}",
    "{fresh:c} = 0\nwhile True:\n    {c} += 1\n    if {c} > 2:\n        break\n    {loop}",
    "with torch.no_grad():\n    {block}", "with Guard({=ints}) as {new:int}:\n    {block}",
)  # fmt: skip

LEAVING = ("if {bool}:\n    break", "if {bool}:\n    continue", "if {bool}:\n    {block}\n    continue")
RETURNING = ("if {bool}:\n    return {results}", "if {bool}:\n    {block}\n    return {results}")
