"""examples/vad: the segments that the C program prints are those of the package silero-vad, for several streams on
threads; what it does with files that are no such files; and a chunk without allocation, lock or system call."""

from __future__ import annotations

import importlib.util
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.e2e.libraries import C_SOURCES, EXAMPLES, GCC, GXX, compile_c, run_program
from tests.e2e.speech import recording

PACKAGE = importlib.util.find_spec("silero_vad")
pytestmark = [
    pytest.mark.skipif(PACKAGE is None, reason="silero-vad is not installed (make test installs it)"),
    pytest.mark.skipif(GCC is None or shutil.which("make") is None, reason="no C compiler"),
]
RATES = (16000, 8000)
ASAN = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """examples/vad, built by its Makefile in a copy."""
    copy = tmp_path_factory.mktemp("vad") / "vad"
    shutil.copytree(EXAMPLES / "vad", copy, ignore=shutil.ignore_patterns("build"))
    command = ["make", f"AOTJIT={sys.executable} -m aotjit", f"PYTHON={sys.executable}", f"CC={GCC}"]
    flags = "CFLAGS=-std=c11 -O2 -Wall -Wextra -Wconversion -Werror"
    done = subprocess.run([*command, flags], cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return copy


def pcm(rate: int, seed: int) -> np.ndarray[Any, np.dtype[np.int16]]:
    return np.clip(np.round(recording(rate, seed) * 32767), -32768, 32767).astype("<i2")


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def wav(samples: bytes, rate: int, channels: int = 1, bits: int = 16, tag: int = 1, before: bytes = b"") -> bytes:
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits)
    if tag == 0xFFFE:
        form += struct.pack("<HHIH14s", 22, bits, 4, 1, b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71")
    body = b"WAVE" + chunk(b"fmt ", form) + before + chunk(b"data", samples)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def segments_of_the_package(samples: np.ndarray[Any, np.dtype[np.int16]], rate: int) -> list[tuple[str, str]]:
    import silero_vad

    audio = torch.from_numpy(samples.astype(np.float32) / 32768)
    found = silero_vad.get_speech_timestamps(audio, silero_vad.load_silero_vad(), sampling_rate=rate)
    return [(f"{s['start'] / rate:.3f}", f"{s['end'] / rate:.3f}") for s in found]


def printed(folder: Path, *paths: Path) -> list[tuple[str, str, str]]:
    output = run_program(folder / "build" / "vad", *map(str, paths)).decode()
    return [tuple(line.split()) for line in output.splitlines()]  # type: ignore[misc]  # three words a line


def test_segments_of_several_streams_at_once(folder: Path, tmp_path: Path) -> None:
    expected, paths = [], []
    for rate in RATES:
        for seed in range(2):
            samples = pcm(rate, seed)
            paths.append(tmp_path / f"{rate}_{seed}.wav")
            paths[-1].write_bytes(wav(samples.tobytes(), rate))
            expected += [(str(paths[-1]), *segment) for segment in segments_of_the_package(samples, rate)]
    assert len(expected) == 8  # two phrases in each
    assert printed(folder, *paths) == expected


def test_speech_that_the_file_ends_in(folder: Path, tmp_path: Path) -> None:
    path, samples = tmp_path / "cut.wav", pcm(16000, 0)[8000:40123]
    # An extensible header, and a chunk of odd length before the samples.
    path.write_bytes(wav(samples.tobytes(), 16000, tag=0xFFFE, before=chunk(b"LIST", b"abc")))
    expected = segments_of_the_package(samples, 16000)
    assert expected[-1][1] == f"{len(samples) / 16000:.3f}"
    assert printed(folder, path) == [(str(path), *segment) for segment in expected]


def test_nothing_to_hear(folder: Path, tmp_path: Path) -> None:
    for samples in (b"", b"\0\0" * 100, b"\0\0" * 5120):
        path = tmp_path / "silent.wav"
        path.write_bytes(wav(samples, 8000))
        assert printed(folder, path) == []


GOOD = wav(b"\1\0" * 1000, 16000)
WRONG = {
    "empty": (b"", "not a WAV file"),
    "other": (b"RIFX" + GOOD[4:], "not a WAV file"),
    "no data": (GOOD[:36], "no data chunk"),
    "no format": (b"RIFF\0\0\0\0WAVE" + chunk(b"data", b"\0\0"), "no format chunk"),
    "short format": (b"RIFF\0\0\0\0WAVE" + chunk(b"fmt ", b"\1\0\1\0"), "the format chunk is too short"),
    "lying size": (b"RIFF\0\0\0\0WAVE" + b"fmt \xff\xff\xff\xff", "a chunk is longer than the file"),
    "stereo": (wav(b"\0" * 400, 16000, channels=2), "expected one channel"),
    "bits": (wav(b"\0" * 400, 16000, bits=24), "expected 16-bit PCM"),
    "float": (wav(b"\0" * 400, 16000, tag=3), "expected 16-bit PCM"),
    "rate 0": (wav(b"\0" * 400, 0), "impossible sample rate"),
    "rate": (wav(b"\0" * 400, 44100), "expected 16000 or 8000 samples a second"),
}


@pytest.mark.skipif(GXX is None, reason="no sanitizers")
def test_wrong_files(folder: Path, tmp_path: Path) -> None:
    sources = [str(folder / name) for name in ("detector.c", "wav.c")]
    library = ("-Ibuild", "-Lbuild", "-l:silero_vad.so", "-pthread", "-Wl,-rpath,$ORIGIN/build")
    program = compile_c(folder, "sanitized", folder / "vad.c", *sources, *library, *ASAN)
    for name, (content, message) in WRONG.items():
        path = tmp_path / f"{name}.wav"
        path.write_bytes(content)
        done = subprocess.run([str(program), str(path)], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{path}: {message}\n")
    # One bad stream does not disturb the others; a size beyond the end is what a pipe's writer leaves.
    good, missing = tmp_path / "good.wav", tmp_path / "missing.wav"
    samples = pcm(16000, 1)
    size = struct.pack("<I", 2 * len(samples))
    good.write_bytes(wav(samples.tobytes(), 16000).replace(b"data" + size, b"data" + b"\xff" * 4))
    done = subprocess.run([str(program), str(missing), str(good)], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stderr == f"{missing}: cannot be opened\n"
    assert len(done.stdout.splitlines()) == 2


@pytest.mark.parametrize("rate", RATES)
def test_a_chunk_takes_no_memory_lock_or_system_call(folder: Path, tmp_path: Path, rate: int) -> None:
    sources = (str(folder / "detector.c"), f"-I{folder}")
    library = ("-Ibuild", "-Lbuild", "-l:silero_vad.so", "-pthread", "-Wl,-rpath,$ORIGIN/build")
    program = compile_c(folder, "quiet", C_SOURCES / "vad_quiet.c", *sources, *library)
    samples = pcm(rate, 0)
    raw = tmp_path / "samples.raw"
    raw.write_bytes(samples.tobytes())
    counted, strict, *probabilities = run_program(program, str(rate), str(raw)).split()
    assert counted == b"0"
    assert strict in (b"0", b"1")  # 0 where the system has no seccomp
    assert PACKAGE is not None and PACKAGE.origin is not None
    reference = torch.jit.load(Path(PACKAGE.origin).parent / "data" / "silero_vad.jit")
    size = rate * 512 // 16000
    audio = torch.from_numpy(samples.astype(np.float32) / 32768)[None, : len(samples) // size * size]
    expected = reference.audio_forward(audio, rate)[0]
    torch.testing.assert_close(torch.tensor([float(p) for p in probabilities]), expected)
