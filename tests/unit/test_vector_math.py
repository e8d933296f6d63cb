"""codegen.vector_math: errors in units of the last place against mpmath, and the special values, on each ISA level."""

from __future__ import annotations

import ctypes
import math
import subprocess
from pathlib import Path

import mpmath
import numpy as np
import pytest
from llvmlite import binding, ir

from aotjit.codegen import vector_math
from aotjit.codegen.elements import F32, F64, I64, Elements

LANES = 16
RUNTIME = Path(__file__).parents[2] / "runtime"
CPUS = ("x86-64-v2", "x86-64-v3", "x86-64-v4")
BINARY = ("powf", "atan2", "fmod")


def module_text(names, dtype):
    """`void NAME(out, x, y, n)` for each function, on vectors of LANES."""
    module = ir.Module("vector_math")
    pointer = ir.PointerType()
    element = F32 if dtype == np.float32 else F64
    vector = ir.VectorType(element, LANES)
    for name in names:
        function = ir.Function(module, ir.FunctionType(ir.VoidType(), [pointer] * 3 + [I64]), f"apply_{name}")
        set.add(function.attributes, '"reciprocal-estimates"="vec-divf:2"')  # as in kernels
        entry, loop, done = (function.append_basic_block() for _ in range(3))
        builder = ir.IRBuilder(entry)
        builder.branch(loop)
        builder.position_at_end(loop)
        at = builder.phi(I64)
        at.add_incoming(I64(0), entry)
        e = Elements(builder, LANES)
        places = [builder.gep(a, [at], source_etype=element) for a in function.args[:3]]
        arguments = [builder.load(p, typ=vector, align=element_size(element)) for p in places[1:]]
        value = vector_math.call(e, name, *arguments[: 2 if name in BINARY else 1])
        builder.store(value, places[0], align=element_size(element))
        following = builder.add(at, I64(LANES))
        at.add_incoming(following, builder.block)
        builder.cbranch(builder.icmp_signed("<", following, function.args[3]), loop, done)
        builder.position_at_end(done)
        builder.ret_void()
    return str(module)


def element_size(element):
    return 4 if element == F32 else 8


@pytest.fixture(scope="session")
def reduction_library(tmp_path_factory):
    path = tmp_path_factory.mktemp("reduce") / "reduce.so"
    subprocess.run(["gcc", "-std=c11", "-O2", "-shared", "-fPIC", RUNTIME / "reduce.c", "-o", path], check=True)
    return ctypes.CDLL(str(path))


class Compiled:
    """The functions of one dtype on one ISA level, as calls on arrays."""

    def __init__(self, dtype, cpu, library):
        binding.initialize_native_target()
        binding.initialize_native_asmprinter()
        for symbol in ("aj_reduce_half_pi", "aj_fmod"):
            binding.add_symbol(symbol, ctypes.cast(getattr(library, symbol), ctypes.c_void_p).value)
        self.dtype = dtype
        parsed = binding.parse_assembly(module_text(vector_math.NAMES, dtype))
        target = binding.Target.from_default_triple()
        machine = target.create_target_machine(cpu=cpu, opt=3)
        options = binding.create_pipeline_tuning_options(speed_level=3)
        builder = binding.create_pass_builder(machine, options)
        builder.getModulePassManager().run(parsed, builder)
        self.engine = binding.create_mcjit_compiler(parsed, machine)
        self.engine.finalize_object()

    def __call__(self, name, *arguments):
        padded = [np.resize(np.asarray(a, self.dtype), -(-len(a) // LANES) * LANES) for a in arguments]
        out = np.empty_like(padded[0])
        address = self.engine.get_function_address(f"apply_{name}")
        prototype = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3, ctypes.c_int64)
        prototype(address)(out.ctypes.data, padded[0].ctypes.data, padded[-1].ctypes.data, len(out))
        return out[: len(arguments[0])]


@pytest.fixture(scope="session")
def compiled(reduction_library):
    known = {}

    def get(dtype, cpu):
        features = Path("/proc/cpuinfo").read_text()
        needed = {"x86-64-v2": "sse4_2", "x86-64-v3": "avx2", "x86-64-v4": "avx512f"}[cpu]
        if needed not in features:
            pytest.skip(f"this processor has no {needed}")
        if (dtype, cpu) not in known:
            known[dtype, cpu] = Compiled(dtype, cpu, reduction_library)
        return known[dtype, cpu]

    return get


MEANING = {
    "powf": mpmath.power, "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)), "fmod": mpmath.fmod,
    "log2": lambda x: mpmath.log(x, 2), "exp2": lambda x: mpmath.power(2, x),
}  # fmt: skip

RANGES = {
    "exp": [(-104, 89), (-1, 1), (-745, 710)],
    "exp2": [(-150, 128), (-1, 1), (-1074, 1024)],
    "expm1": [(-20, 88.7), (-1, 1), (-1e-3, 1e-3)],
    "log": [(1e-38, 1e38), (0.5, 2), (0.99, 1.01), (1e-44, 1e-38)],
    "log2": [(1e-38, 1e38), (0.5, 2), (0.99, 1.01), (1e-44, 1e-38)],
    "log10": [(1e-38, 1e38), (0.5, 2), (0.99, 1.01), (1e-44, 1e-38)],
    "log1p": [(-0.999999, 10), (-0.1, 0.1), (1e-6, 1e30), (-1e-5, 1e-5)],
    "tanh": [(-10, 10), (-1, 1), (-1e-3, 1e-3)],
    "sinh": [(-89, 89), (-1, 1), (-1e-3, 1e-3)],
    "cosh": [(-89, 89), (-1, 1)],
    "asinh": [(-10, 10), (-1, 1), (-1e-3, 1e-3), (1, 1e30)],
    "acosh": [(1, 2), (1, 100), (1, 1e30)],
    "atanh": [(-0.99999, 0.99999), (-0.1, 0.1), (-1e-4, 1e-4)],
    "sin": [(-10, 10), (-1, 1), (-1e4, 1e4), (-1e-3, 1e-3), (1e5, 1e30)],
    "cos": [(-10, 10), (-1, 1), (-1e4, 1e4), (-1e-3, 1e-3), (1e5, 1e30)],
    "tan": [(-10, 10), (-1, 1), (-1e4, 1e4), (-1e-3, 1e-3), (1e5, 1e30)],
    "asin": [(-1, 1), (-0.5, 0.5), (-1e-3, 1e-3), (0.99, 1)],
    "acos": [(-1, 1), (-0.5, 0.5), (-1e-3, 1e-3), (0.99, 1)],
    "atan": [(-10, 10), (-1, 1), (-1e-3, 1e-3), (1, 1e30)],
    "erf": [(-6, 6), (-1, 1), (-1e-3, 1e-3)],
    "erfc": [(-6, 26), (-1, 1), (-6, 9)],
    "cbrt": [(-1e3, 1e3), (-1, 1), (1e-38, 1e38), (1e-44, 1e-38)],
}


def samples(low, high, count, rng, dtype):
    """Evenly spread, or evenly in the exponent where the range spans many powers of two."""
    if low > 0 and high / low > 1e3:
        values = np.exp(rng.uniform(math.log(low), math.log(high), count))
    else:
        values = rng.uniform(low, high, count)
    return np.clip(values, low, high).astype(dtype)


def ulp_errors(dtype, got, exact):
    """Errors in units of the last place of the exact results (mpmath numbers)."""
    info = np.finfo(dtype)
    errors = []
    for g, x in zip(got.tolist(), exact, strict=True):
        magnitude = abs(x)
        if magnitude > float(info.max):
            errors.append(0.0 if math.isinf(g) or abs(g) == float(info.max) else math.inf)
            continue
        exponent = max(mpmath.frexp(magnitude)[1] - 1 if magnitude else -2000, info.minexp)
        errors.append(float(abs(mpmath.mpf(g) - x) / mpmath.ldexp(1, exponent - info.nmant)))
    return np.array(errors)


def worst(dtype, call, name, columns):
    meaning = MEANING.get(name) or getattr(mpmath, name)
    got = call(name, *columns)
    with mpmath.workdps(60):
        exact = [mpmath.re(meaning(*map(mpmath.mpf, row))) for row in zip(*(c.tolist() for c in columns), strict=True)]
        errors = ulp_errors(dtype, got, exact)
    at = int(np.nanargmax(np.where(np.isnan(errors), np.inf, errors)))
    return errors[at], [c[at] for c in columns], got[at]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("cpu", CPUS)
@pytest.mark.parametrize("name", RANGES)
def test_error(compiled, name, cpu, dtype):
    call = compiled(dtype, cpu)
    rng = np.random.default_rng(7)
    for low, high in RANGES[name]:
        if dtype == np.float32 and max(abs(low), high) > 700:
            low, high = (
                max(low, -150.0 if name == "exp2" else -104.0) if low < 0 and name.startswith("exp") else low,
                high,
            )
            high = min(high, 3e38 if not name.startswith("exp") else 128.0)
        error, at, got = worst(dtype, call, name, [samples(low, high, 400, rng, dtype)])
        assert error <= 2.0, f"{name}({at[0]!r}) = {got!r}: {error:.2f} ulp in [{low}, {high}]"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("cpu", CPUS)
def test_power_error(compiled, cpu, dtype):
    call = compiled(dtype, cpu)
    rng = np.random.default_rng(8)
    for (x0, x1), (y0, y1) in [((0.1, 10), (-30, 30)), ((0.99, 1.01), (-5000, 5000)), ((1e-30, 1e30), (-1, 1)),
                               ((1.0, 1.0001), (0, 3e5)), ((1e-40, 1e-38), (0.5, 1))]:  # fmt: skip
        x, y = samples(x0, x1, 400, rng, dtype), samples(y0, y1, 400, rng, dtype)
        error, at, got = worst(dtype, call, "powf", [x, y])
        assert error <= 2.0, f"pow{at} = {got}: {error:.2f} ulp"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("cpu", CPUS)
def test_atan2_error(compiled, cpu, dtype):
    call = compiled(dtype, cpu)
    rng = np.random.default_rng(9)
    y, x = (rng.standard_normal(1000) * np.exp(rng.uniform(-20, 20, 1000)) for _ in range(2))
    error, at, got = worst(dtype, call, "atan2", [y.astype(dtype), x.astype(dtype)])
    assert error <= 2.0, f"atan2{at} = {got}: {error:.2f} ulp"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("cpu", CPUS)
def test_fmod_is_exact(compiled, cpu, dtype):
    call = compiled(dtype, cpu)
    rng = np.random.default_rng(10)
    for spread in (3, 40, 80 if dtype == np.float32 else 600):
        x, y = (rng.standard_normal(1000) * np.exp(rng.uniform(-spread, spread, 1000)) for _ in range(2))
        x, y = x.astype(dtype), y.astype(dtype)
        assert np.array_equal(call("fmod", x, y), np.fmod(x, y))
    integers = rng.integers(-50, 50, 1000).astype(dtype), rng.integers(1, 9, 1000).astype(dtype)
    assert np.array_equal(call("fmod", *integers), np.fmod(*integers))
    tiny = np.finfo(dtype).smallest_subnormal
    x, y = np.array([1.5, tiny * 7, -tiny * 9], dtype), np.array([tiny * 3, tiny * 2, tiny * 4], dtype)
    assert np.array_equal(call("fmod", x, y), np.fmod(x, y))
    x = np.array([0.0, -0.0, 1.5, -1.5, np.finfo(dtype).max, tiny, -tiny], dtype)  # all lanes finite
    for y in (np.full_like(x, math.inf), np.full_like(x, -math.inf)):
        assert np.array_equal(call("fmod", x, y), x)
        assert np.array_equal(np.signbit(call("fmod", x, y)), np.signbit(x))


def edge_values(dtype):
    info = np.finfo(dtype)
    positive = [0.0, info.smallest_subnormal, info.tiny, 1e-20, 0.5, 1.0, 2.0, 3.0, 1e10, info.max, math.inf]
    values = np.array(positive + [-v for v in positive] + [math.nan, 1.5, -1.5, 1e-4, -1e-4], dtype)
    return np.concatenate([values, np.nextafter(values, dtype(1))])


def assert_like(name, got, expected, arguments):
    """The same NaNs, infinities, zeros with their signs, and finite values within a few units."""
    for g, x, row in zip(got, expected, zip(*arguments, strict=True), strict=True):
        text = f"{name}{tuple(map(float, row))} = {g}, not {x}"
        assert np.isnan(g) == np.isnan(x), text
        if np.isnan(x):
            continue
        if x == 0 or np.isinf(x):
            assert g == x and np.signbit(g) == np.signbit(x), text
        else:
            with np.errstate(over="ignore"):  # of the largest number, whose spacing is not one
                assert abs(g - x) <= 3 * np.spacing(np.abs(x)), text


NUMPY = {"powf": "power", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh",
         "atanh": "arctanh", "atan2": "arctan2"}  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("cpu", CPUS)
@pytest.mark.parametrize("name", vector_math.NAMES)
def test_special_values(compiled, name, cpu, dtype):
    call = compiled(dtype, cpu)
    values = edge_values(dtype)
    columns = [values]
    if name in BINARY:
        columns = [m.ravel() for m in np.meshgrid(values, values)]
    with np.errstate(all="ignore"):
        if name in ("erf", "erfc"):
            expected = np.array([getattr(math, name)(v) for v in values.tolist()]).astype(dtype)
        else:
            function = getattr(np, NUMPY.get(name, name))
            expected = function(*(c.astype(np.longdouble) for c in columns)).astype(dtype)
    if name == "fmod":
        with np.errstate(all="ignore"):
            expected = np.fmod(*columns)
    assert_like(name, call(name, *columns), expected, columns)
