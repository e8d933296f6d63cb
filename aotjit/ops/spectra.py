"""Short-time Fourier transforms, written in the language: frames of a signal, and their sum again."""

from __future__ import annotations

from aotjit.ops.declare import composite

composite("aotjit::frame_window(Tensor self, Tensor? window, int n_fft, int win_length) -> Tensor", """
if window is None:
    whole = torch.ones([win_length], dtype=torch.real(self[..., 0:0]).dtype)
else:
    if window.dim() != 1 or window.size(0) != win_length:
        raise RuntimeError("expected a 1D window tensor of size equal to win_length=" + str(win_length)
                           + ", but got window with size " + str(window.size()))
    whole = window
left = (n_fft - win_length) // 2
return torch.constant_pad_nd(whole, [left, n_fft - win_length - left], 0)
""")  # fmt: skip

_STFT_HEAD = "Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, "
_STFT_TAIL = "bool normalized=False, bool? onesided=None, bool? return_complex=None, bool? align_to_window=None"
_STFT = """
hop = n_fft // 4 if hop_length is None else hop_length
length = n_fft if win_length is None else win_length
is_complex = self.is_complex()
if window is not None:
    is_complex = is_complex or window.is_complex()
if self.dim() > 2 or self.dim() < 1:
    raise RuntimeError("stft: expected a 1D or 2D tensor")
if n_fft <= 0 or n_fft > signal.size(-1):
    raise RuntimeError("stft: expected 0 < n_fft <= " + str(signal.size(-1)) + ", but got n_fft=" + str(n_fft))
if hop <= 0:
    raise RuntimeError("stft: expected hop_length > 0, but got hop_length=" + str(hop))
if length <= 0 or length > n_fft:
    raise RuntimeError("stft: expected 0 < win_length <= n_fft, but got win_length=" + str(length))
if return_complex is None:
    if not is_complex:
        raise RuntimeError("stft requires the return_complex parameter be given for real inputs, and will further "
                           "require that return_complex=True in a future PyTorch release.")
one = not is_complex if onesided is None else onesided
frames = signal.unfold(-1, n_fft, hop)
if window is not None or length < n_fft:
    frames = frames * torch.frame_window(signal, window, n_fft, length)
scale = 1.0 / math.sqrt(float(n_fft)) if normalized else 1.0
if is_complex:
    if one:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    spectrum = torch.fourier_complex(frames, n_fft, False, scale)
elif one:
    spectrum = torch.fourier_of_real(frames, n_fft, scale)
else:
    spectrum = torch.fourier_complex(torch.as_complex_numbers(frames), n_fft, False, scale)
turned = spectrum.transpose(-2, -1)
if return_complex is None:
    return turned
if return_complex:
    return turned
return torch.view_as_real(turned)
"""
composite(f"aten::stft.center({_STFT_HEAD}bool center=True, str pad_mode=\"reflect\", {_STFT_TAIL}) -> Tensor", """
if center and align_to_window is not None:
    raise RuntimeError("stft align_to_window should only be set when center = false")
signal = self
if center:
    pad = n_fft // 2
    if self.dim() == 1:
        signal = torch.nn.functional.pad(self.view([1, 1, -1]), [pad, pad], pad_mode).view([-1])
    else:
        signal = torch.nn.functional.pad(self.unsqueeze(0), [pad, pad], pad_mode).squeeze(0)
""" + _STFT)  # fmt: skip
composite(f"aten::stft({_STFT_HEAD}{_STFT_TAIL}) -> Tensor", "signal = self\n" + _STFT)

composite("aotjit::overlap_add(Tensor frames, int hop) -> Tensor", """
count = frames.size(1)
n = frames.size(2)
pieces = (n + hop - 1) // hop
result = torch.zeros([frames.size(0), count + pieces - 1, hop], dtype=frames.dtype)
for i in range(pieces):
    width = min(hop, n - i * hop)
    result.narrow(1, i, count).narrow(2, 0, width).add_(frames.narrow(2, i * hop, width))
return result.reshape([frames.size(0), -1]).narrow(1, 0, (count - 1) * hop + n)
""")  # fmt: skip
composite(
    "aten::istft(Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, "
    "bool center=True, bool normalized=False, bool? onesided=None, int? length=None, bool return_complex=False) "
    "-> Tensor",
    """
hop = n_fft // 4 if hop_length is None else hop_length
width = n_fft if win_length is None else win_length
if not self.is_complex():
    raise RuntimeError("istft requires a complex-valued input tensor matching the output from stft with "
                       "return_complex=True.")
if self.dim() != 2 and self.dim() != 3:
    raise RuntimeError("istft: expected a tensor with 2 or 3 dimensions, but got " + str(self.dim()))
if self.numel() == 0:
    raise RuntimeError("istft: input tensor cannot be empty.")
if hop <= 0 or hop > width:
    raise RuntimeError("istft: expected 0 < hop_length <= win_length")
if width <= 0 or width > n_fft:
    raise RuntimeError("istft: expected 0 < win_length <= n_fft")
one = self.size(-2) != n_fft if onesided is None else onesided
if self.size(-2) != (n_fft // 2 + 1 if one else n_fft):
    raise RuntimeError("istft: expected the frequency dimension (3rd to the last) of the input tensor to match n_fft")
x = self.unsqueeze(0) if self.dim() == 2 else self
x = x.transpose(1, 2)
scale = 1.0 / math.sqrt(float(n_fft)) if normalized else 1.0 / float(n_fft)
if return_complex:
    if one:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    frames = torch.fourier_complex(x, n_fft, True, scale)
else:
    frames = torch.fourier_to_real(x, n_fft, scale)
shape = torch.frame_window(x, window, n_fft, width)
total = n_fft + hop * (x.size(1) - 1)
signal = torch.overlap_add(frames * shape, hop)
squares = (shape * shape).expand([1, x.size(1), n_fft])
envelope = torch.overlap_add(squares, hop)
start = n_fft // 2 if center else 0
end = total - start
if length is not None:
    end = start + length
stop = min(end, total)
signal = torch.narrow(signal, 1, start, stop - start)
envelope = torch.narrow(envelope, 1, start, stop - start)
if not bool(torch.all(torch.abs(envelope) > 1e-11)):
    raise RuntimeError("window overlap add min: 1")
signal = signal / envelope
if end > total:
    signal = torch.constant_pad_nd(signal, [0, end - total], 0)
return signal.squeeze(0) if self.dim() == 2 else signal
""",
)
