"""Which classes of torch.nn are derived from which: ours are not derived in the same way."""

from __future__ import annotations

from aotjit.diagnostics import CompileError, Span


def _each(names: str) -> tuple[str, ...]:
    """Names with "*" for 1d, 2d and 3d."""
    return tuple(n.replace("*", d) for n in names.split() for d in (("1d", "2d", "3d") if "*" in n else ("",)))


_WEIGHTED = "BCELoss CrossEntropyLoss MultiLabelSoftMarginLoss MultiMarginLoss NLLLoss NLLLoss2d"
_LOSSES = (
    "BCEWithLogitsLoss CTCLoss CosineEmbeddingLoss GaussianNLLLoss HingeEmbeddingLoss HuberLoss KLDivLoss L1Loss "
    "MSELoss MarginRankingLoss MultiLabelMarginLoss PoissonNLLLoss SmoothL1Loss SoftMarginLoss TripletMarginLoss"
)
DERIVED: dict[str, tuple[str, ...]] = {
    "_AdaptiveAvgPoolNd": _each("AdaptiveAvgPool*"), "_AdaptiveMaxPoolNd": _each("AdaptiveMaxPool*"),
    "_AvgPoolNd": _each("AvgPool*"), "_MaxPoolNd": _each("MaxPool*"), "_LPPoolNd": _each("LPPool*"),
    "_DropoutNd": _each("Dropout Dropout* AlphaDropout FeatureAlphaDropout"),
    "_WeightedLoss": _each(_WEIGHTED), "_Loss": _each(f"{_WEIGHTED} {_LOSSES}"), "NLLLoss": ("NLLLoss2d",),
    "_BatchNorm": _each("BatchNorm*"), "_InstanceNorm": _each("InstanceNorm*"),
    "_NormBase": _each("BatchNorm* InstanceNorm*"),
    "_ConvNd": _each("Conv* ConvTranspose*"), "_ConvTransposeNd": _each("ConvTranspose*"),
    "_ConstantPadNd": _each("ConstantPad* ZeroPad*"), "_CircularPadNd": _each("CircularPad*"),
    "_ReflectionPadNd": _each("ReflectionPad*"), "_ReplicationPadNd": _each("ReplicationPad*"),
    "ConstantPad1d": ("ZeroPad1d",), "ConstantPad2d": ("ZeroPad2d",), "ConstantPad3d": ("ZeroPad3d",),
    "RNNBase": _each("RNN LSTM GRU"), "RNNCellBase": _each("RNNCell LSTMCell GRUCell"),
    "Hardtanh": ("ReLU6",), "Upsample": ("UpsamplingNearest2d", "UpsamplingBilinear2d"),
}  # fmt: skip
"""The classes of torch.nn.modules that others are derived from, nn.Module aside, with all of these."""


def is_derived(name: str, path: str, span: Span) -> bool:
    """Is the class `name` of torch.nn derived from that of the path? CompileError for a base that is not known."""
    base = path.rpartition(".")[2]
    if base.startswith("_") and base not in DERIVED:
        raise CompileError.at(span, f"which modules are instances of {path} is not known to this version of aotjit")
    return name in DERIVED.get(base, ())
