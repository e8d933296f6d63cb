"""Signals for models that listen: tones, bursts of noise, and vowels from a source and formants (Klatt, "Software for a
cascade/parallel formant synthesizer", JASA 67, 1980): pulses at a falling pitch through four resonators."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float32]

# Formant frequencies in Hz of vowels as a man speaks them (Peterson and Barney, JASA 24, 1952), and one above them.
VOWELS = {
    "i": (270, 2290, 3010, 3700),
    "e": (530, 1840, 2480, 3500),
    "a": (730, 1090, 2440, 3400),
    "o": (570, 840, 2410, 3400),
    "u": (300, 870, 2240, 3300),
}
BANDWIDTHS = (60, 90, 150, 200)


def silence(seconds: float, rate: int, rng: np.random.Generator) -> Signal:
    """Not quite nothing: noise 70 dB below full scale."""
    return (rng.standard_normal(round(seconds * rate)) * 10 ** (-70 / 20)).astype(np.float32)


def tone(seconds: float, rate: int, frequency: float) -> Signal:
    """A sine."""
    return (0.3 * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def noise(seconds: float, rate: int, rng: np.random.Generator) -> Signal:
    """A burst of white noise that dies away."""
    count = round(seconds * rate)
    return (0.3 * rng.standard_normal(count) * np.exp(-np.arange(count) * 5 / count)).astype(np.float32)


def speech(seconds: float, rate: int, rng: np.random.Generator) -> Signal:
    """Syllables: a short hiss, then a vowel whose pitch falls over the whole phrase."""
    parts: list[NDArray[np.float64]] = []
    while sum(map(len, parts)) < seconds * rate:
        hiss = 0.05 * rng.standard_normal(round(rng.uniform(0.02, 0.06) * rate))
        pitch = 160 - 50 * min(1.0, sum(map(len, parts)) / (seconds * rate))
        vowel = _vowel(rng.choice(list(VOWELS)), rng.uniform(0.12, 0.25), rate, pitch, rng)
        parts += [hiss * np.hanning(len(hiss)), vowel]
    return np.concatenate(parts)[: round(seconds * rate)].astype(np.float32)


def _vowel(name: str, seconds: float, rate: int, pitch: float, rng: np.random.Generator) -> NDArray[np.float64]:
    count = round(seconds * rate)
    # A period is a little longer or shorter than the last; the source falls by 12 dB an octave: two leaky sums.
    periods = rate / pitch * (1 + 0.02 * rng.standard_normal(round(seconds * pitch) + 2))
    source = np.zeros(count)
    starts = np.cumsum(periods).astype(int)
    source[starts[starts < count]] = 1.0
    signal = np.diff(_leaky(_leaky(source, 0.98), 0.9), prepend=0.0)
    for frequency, bandwidth in zip(VOWELS[name], BANDWIDTHS, strict=True):
        if frequency < rate / 2:
            signal = _resonator(signal, frequency, bandwidth, rate)
    signal *= np.minimum(1.0, 8 * np.sin(np.pi * np.arange(count) / count))
    return np.asarray(0.3 * signal / np.abs(signal).max())


def _leaky(signal: NDArray[np.float64], keep: float) -> NDArray[np.float64]:
    return _recursive(signal, 1.0, keep, 0.0)


def _resonator(signal: NDArray[np.float64], frequency: float, bandwidth: float, rate: int) -> NDArray[np.float64]:
    radius = np.exp(-np.pi * bandwidth / rate)
    first, second = 2 * radius * np.cos(2 * np.pi * frequency / rate), -radius * radius
    return _recursive(signal, 1 - first - second, first, second)


def _recursive(signal: NDArray[np.float64], gain: float, first: float, second: float) -> NDArray[np.float64]:
    """y[n] = gain x[n] + first y[n-1] + second y[n-2]."""
    result = np.empty_like(signal)
    last = before = 0.0
    for n, value in enumerate(signal.tolist()):
        last, before = gain * value + first * last + second * before, last
        result[n] = last
    return result


def recording(rate: int, seed: int = 0) -> Signal:
    """About 9 s: speech from 1.0 to 3.5 s and from 6.0 to 8.0 s; a tone, noise and near silence elsewhere."""
    rng = np.random.default_rng(seed)
    parts = [
        silence(1.0, rate, rng),
        speech(2.5, rate, rng),
        silence(0.7, rate, rng),
        tone(0.5, rate, 440),
        silence(0.4, rate, rng),
        noise(0.3, rate, rng),
        silence(0.6, rate, rng),
        speech(2.0, rate, rng),
        silence(1.0 + 100 / rate, rate, rng),
    ]
    return np.concatenate(parts)
