"""The published archive of the package silero-vad, compiled as it is: a voice activity detector with state that starts
empty, strings, raises, loops and lists. Equal to torch.jit at every chunk of a stream."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

import aotjit
from aotjit.archive import read_archive
from aotjit.interp.interpreter import Interpreter, ProgramError
from aotjit.passes import run_passes
from aotjit.program import Program
from aotjit.sema import build_archive
from tests.e2e.agreement import to_host
from tests.e2e.speech import recording

PACKAGE = importlib.util.find_spec("silero_vad")  # the package itself is not imported: it wants torchaudio
pytestmark = pytest.mark.skipif(PACKAGE is None, reason="silero-vad is not installed (make test installs it)")
CHUNK = {16000: 512, 8000: 256}
WAYS = ("interpreter", "interpreter after all passes", "-O0", "-O3", "with shapes")
FAILURES = (ProgramError, ValueError, RuntimeError, IndexError, torch.jit.Error)


@dataclass(frozen=True)
class Detector:
    """One way to run the archive."""

    forward: Callable[[torch.Tensor, int], Any]
    audio_forward: Callable[[torch.Tensor, int], Any]
    reset_states: Callable[[], Any]
    patience: int = 14
    """Chunks of a stream."""


@pytest.fixture(scope="module")
def archive() -> Path:
    assert PACKAGE is not None and PACKAGE.origin is not None
    return Path(PACKAGE.origin).parent / "data" / "silero_vad.jit"


@pytest.fixture
def reference(archive: Path) -> Iterator[Any]:
    with torch.no_grad():
        yield torch.jit.load(archive)


def interpreted(program: Program) -> Detector:
    interpreter = Interpreter(program)
    symbols = {entry.name: entry.symbol for entry in program.entries}

    def call(name: str, *arguments: Any) -> torch.Tensor:
        result = interpreter.call(symbols[name], [to_host(a) for a in arguments])
        return result if result is None else torch.as_tensor(result)

    return Detector(*(partial(call, name) for name in ("forward", "audio_forward", "reset_states")), patience=3)


@pytest.fixture(scope="module", params=WAYS)
def detector(request: pytest.FixtureRequest, archive: Path) -> Detector:
    """Compiled once for all tests; state is left over from one to the next, as in a program."""
    if request.param.startswith("interpreter"):
        program = build_archive(read_archive(archive))
        if request.param != "interpreter":
            run_passes(program, 3)
        return interpreted(program)
    shapes = {"x": "f32[B,N]"} if request.param == "with shapes" else {}
    model = aotjit.compile(archive, inputs=shapes, optimize=0 if request.param == "-O0" else 3, cpu="v3")
    return Detector(model.forward, model.audio_forward, model.reset_states)


def signal(rate: int, batch: int) -> torch.Tensor:
    """[batch, samples] of different recordings."""
    return torch.stack([torch.from_numpy(recording(rate, seed)) for seed in range(batch)])


def chunks(rate: int, batch: int, count: int, first: int = 25) -> list[torch.Tensor]:
    """From where the speech begins."""
    size = CHUNK[rate]
    return list(signal(rate, batch)[:, first * size : (first + count) * size].split(size, 1))


def assert_equal_streams(detector: Detector, reference: Any, stream: list[tuple[torch.Tensor, int]]) -> None:
    for place, (chunk, rate) in enumerate(stream):
        expected = reference(chunk, rate)
        torch.testing.assert_close(detector.forward(chunk, rate), expected, msg=lambda m, i=place: f"chunk {i}: {m}")


@pytest.mark.parametrize("batch", (1, 4))
@pytest.mark.parametrize("rate", CHUNK)
def test_every_chunk_of_a_stream(detector: Detector, reference: Any, rate: int, batch: int) -> None:
    reference.reset_states()
    detector.reset_states()
    stream = chunks(rate, batch, detector.patience, first=31)
    assert_equal_streams(detector, reference, [(chunk, rate) for chunk in stream])
    assert reference(stream[-1], rate).max() > 0.5  # it hears speech
    # After a reset the same stream gives the same again.
    reference.reset_states()
    detector.reset_states()
    assert_equal_streams(detector, reference, [(chunk, rate) for chunk in stream[:2]])


def test_rate_and_batch_change_in_mid_stream(detector: Detector, reference: Any) -> None:
    stream = []
    for rate, batch in ((16000, 1), (8000, 1), (8000, 4), (16000, 4), (16000, 1), (8000, 4)):
        stream += [(chunk, rate) for chunk in chunks(rate, batch, 2)]
    reference.reset_states()
    detector.reset_states()
    assert_equal_streams(detector, reference, stream)


def test_a_multiple_of_the_rate_is_thinned_out(detector: Detector, reference: Any) -> None:
    reference.reset_states()
    detector.reset_states()
    chunk = signal(16000, 2)[:, 16000 : 16000 + 1536]
    assert_equal_streams(detector, reference, [(chunk, 48000), (chunk.flip(1), 48000), (chunk[:, :512], 16000)])


def test_inputs_of_other_ranks_and_strides(archive: Path, reference: Any) -> None:
    """Only where nothing is said of the shape."""
    model = aotjit.compile(archive, cpu="v3")
    detector = Detector(model.forward, model.audio_forward, model.reset_states)
    stream = [(chunk[0], 16000) for chunk in chunks(16000, 1, 4)]
    stream += [(torch.from_numpy(recording(16000))[20000:21024:2], 16000)]
    stream += [(signal(16000, 3)[:, 20000:20512].T.contiguous().T, 16000)]
    assert_equal_streams(detector, reference, stream)
    for shape in ((1, 1, 512), (1, 1, 1, 512)):
        with pytest.raises(torch.jit.Error) as expected:
            reference(torch.zeros(shape), 16000)
        with pytest.raises(ValueError) as found:
            model.forward(torch.zeros(shape), 16000)
        assert_same_message(found.value, expected.value)


WRONG = {
    "too short": ((1, 100), 16000),
    "no sample": ((1, 0), 16000),
    "rate": ((1, 512), 12345),
    "chunk of the other rate": ((1, 512), 8000),
    "too long": ((1, 600), 16000),
    "not thin enough": ((1, 512), 32000),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_inputs_raise_what_torch_raises(detector: Detector, reference: Any, name: str) -> None:
    shape, rate = WRONG[name]
    good = chunks(16000, 1, 4)
    reference.reset_states()
    detector.reset_states()
    assert_equal_streams(detector, reference, [(chunk, 16000) for chunk in good[:2]])
    with pytest.raises(FAILURES) as expected:
        reference(torch.zeros(shape), rate)
    with pytest.raises(FAILURES) as found:
        detector.forward(torch.zeros(shape), rate)
    assert_same_message(found.value, expected.value)
    # The stream goes on as if nothing had been.
    assert_equal_streams(detector, reference, [(chunk, 16000) for chunk in good[2:]])


def assert_same_message(found: BaseException, expected: BaseException) -> None:
    """torch's last line is "builtins.ValueError: TEXT"."""
    kind, _, text = str(expected).strip().rpartition("\n")[2].partition(": ")
    assert kind == "builtins.ValueError", expected
    assert "ValueError" in (type(found).__name__, getattr(found, "kind", "")), found
    assert text and str(found).removeprefix("ValueError: ").startswith(text), found


@pytest.mark.parametrize("batch", (1, 4))
@pytest.mark.parametrize("rate", CHUNK)
def test_a_whole_signal(detector: Detector, reference: Any, rate: int, batch: int) -> None:
    # 100 samples more than whole chunks: the last one is padded.
    count = detector.patience
    whole = signal(rate, batch)[:, 30 * CHUNK[rate] : (30 + count) * CHUNK[rate] + 100]
    expected = reference.audio_forward(whole, rate)
    assert expected.shape == (batch, count + 1)
    torch.testing.assert_close(detector.audio_forward(whole, rate), expected)


def test_all_of_a_recording(archive: Path, reference: Any) -> None:
    """9 s, where a small error in the state would grow."""
    model = aotjit.compile(archive, cpu="v3", inputs={"x": "f32[1,N]"})
    for rate in CHUNK:
        whole = signal(rate, 1)
        torch.testing.assert_close(model.audio_forward(whole, rate), reference.audio_forward(whole, rate))


def test_instances_have_their_own_state(archive: Path, reference: Any) -> None:
    """A stream each; a chunk of known shape, and no allocation from the second chunk on."""
    first = aotjit.compile(archive, cpu="v3", inputs={"x": "f32[1,512]"})
    second = first.clone()
    streams = [[chunk[i : i + 1] for chunk in chunks(16000, 2, 12)] for i in range(2)]
    expected = []
    for stream in streams:
        reference.reset_states()
        expected.append([reference(chunk, 16000) for chunk in stream])
    for place in range(12):
        for model, stream, results in zip((first, second), streams, expected, strict=True):
            torch.testing.assert_close(model.forward(stream[place], 16000), results[place])
            if place == 1:
                before = first._allocations + second._allocations
    assert first._allocations + second._allocations == before
