"""aotjit: TorchScript, compiled ahead of time to a self-contained native library."""

__version__ = "0.1.0"
