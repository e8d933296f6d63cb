"""Whole programs as repositories of audio, translation and clustering have them. Each function of CASES takes and gives plain values; torch.jit is the oracle."""

# ruff: noqa
import math
from dataclasses import dataclass
from enum import Enum
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

import torch
import torch.nn.functional as F
from torch import Tensor


def amplitude_to_DB(x: Tensor, multiplier: float, amin: float, db_multiplier: float, top_db: Optional[float] = None) -> Tensor:
    x_db = multiplier * torch.log10(torch.clamp(x, min=amin))
    x_db -= multiplier * db_multiplier
    if top_db is not None:
        shape = x_db.size()
        packed_channels = shape[-3] if x_db.dim() > 2 else 1
        x_db = x_db.reshape(-1, packed_channels, shape[-2], shape[-1])
        x_db = torch.max(x_db, (x_db.amax(dim=(-3, -2, -1)) - top_db).view(-1, 1, 1, 1))
        x_db = x_db.reshape(shape)
    return x_db


def make_positions(tokens: Tensor, padding_idx: int) -> Tensor:
    t = tokens.long()
    mask = t.ne(padding_idx).int()
    return (torch.cumsum(mask, dim=1).type_as(mask) * mask).long() + padding_idx


def beam_step(step: int, lprobs: Tensor, scores: Optional[Tensor], candidate_multiple: int = 2) -> Tuple[Tensor, Tensor, Tensor]:
    bsz, beam_size, vocab_size = lprobs.size()
    if step == 0:
        lprobs = lprobs[:, ::beam_size, :].contiguous()
    else:
        assert scores is not None
        lprobs = lprobs + scores[:, :, step - 1].unsqueeze(-1)
    top_prediction = torch.topk(lprobs.view(bsz, -1), k=min(candidate_multiple * beam_size, lprobs.view(bsz, -1).size(1) - 1))
    scores_buf = top_prediction[0]
    indices_buf = top_prediction[1]
    beams_buf = torch.div(indices_buf, vocab_size, rounding_mode="trunc")
    indices_buf = indices_buf.fmod(vocab_size)
    return scores_buf, indices_buf, beams_buf


def no_repeat_ngram(tokens: Tensor, lprobs: Tensor, n: int) -> Tensor:
    gen: List[List[int]] = tokens.long().tolist()
    for b in range(len(gen)):
        seen: Dict[str, List[int]] = {}
        toks = gen[b]
        for i in range(len(toks) - n + 1):
            key = ",".join([str(t) for t in toks[i:i + n - 1]])
            seen[key] = seen.get(key, torch.jit.annotate(List[int], [])) + [toks[i + n - 1]]
        last = ",".join([str(t) for t in toks[len(toks) - n + 1:]])
        banned = seen.get(last, torch.jit.annotate(List[int], []))
        if len(banned) > 0:
            lprobs[b][torch.tensor(banned, dtype=torch.int64)] = torch.tensor(-math.inf).to(lprobs)
    return lprobs


def ctc_forced_align(lp: Tensor, y: List[int], blank: int = 0) -> List[int]:
    y_int = [blank]
    for s in y:
        y_int += [s, blank]
    T = lp.size(0)
    logdelta = torch.full([T, len(y_int)], -1e10)
    state_path = torch.zeros([T, len(y_int)], dtype=torch.int16) - 1
    logdelta[0, 0] = lp[0][y_int[0]]
    logdelta[0, 1] = lp[0][y_int[1]]
    for t in range(1, T):
        for s in range(len(y_int)):
            if y_int[s] == blank or s < 2 or y_int[s] == y_int[s - 2]:
                candidates = [float(logdelta[t - 1, s]), float(logdelta[t - 1, s - 1]) if s > 0 else -1e10]
                prev = [s, s - 1]
            else:
                candidates = [float(logdelta[t - 1, s]), float(logdelta[t - 1, s - 1]), float(logdelta[t - 1, s - 2])]
                prev = [s, s - 1, s - 2]
            best = 0
            for i in range(len(candidates)):
                if candidates[i] > candidates[best]:
                    best = i
            logdelta[t, s] = candidates[best] + lp[t][y_int[s]]
            state_path[t, s] = prev[best]
    state_seq = -1 * torch.ones([T, 1], dtype=torch.int16)
    c = [float(logdelta[T - 1, len(y_int) - 1]), float(logdelta[T - 1, len(y_int) - 2])]
    state_seq[T - 1] = len(y_int) - 1 if c[0] >= c[1] else len(y_int) - 2
    for t in range(T - 2, -1, -1):
        state_seq[t] = state_path[t + 1, state_seq[t + 1, 0].long()]
    out: List[int] = []
    for t in range(0, T):
        out.append(y_int[int(state_seq[t, 0])])
    return out


def kmeans(x: Tensor, k: int, iters: int) -> Tuple[Tensor, Tensor, int]:
    c = x[:k].clone()
    assign = torch.zeros(x.size(0), dtype=torch.long)
    for it in range(iters):
        d = torch.cdist(x, c)
        new = d.argmin(dim=1)
        if it > 0 and bool((new == assign).all()):
            return c, assign, it
        assign = new
        for j in range(k):
            sel = assign == j
            if sel.any():
                c[j] = x[sel].mean(dim=0)
    return c, assign, iters


def greedy_ctc(logits: Tensor, vocab: str, blank: int = 0) -> Tuple[str, Tensor]:
    probs = logits.log_softmax(-1)
    best, idx = probs.max(dim=-1)
    out = ""
    prev = -1
    for t in range(idx.size(0)):
        i = int(idx[t])
        if i != prev and i != blank:
            out += vocab[i - 1]
        prev = i
    return out, best.sum()


g = torch.Generator().manual_seed(1)


def _draw(*shape):
    return torch.randn(*shape, generator=g)


def _boxes(n):
    b = torch.rand(n, 4, generator=g) * 20
    b[:, 2:] += b[:, :2] + 1
    return b


CASES = {
    "amplitude_to_DB": [(_draw(2, 5, 4).abs(), 10.0, 1e-10, 0.5, 20.0), (_draw(5, 4).abs(), 20.0, 1e-5, 0.0, None)],
    "make_positions": [(torch.tensor([[5., 6, 1, 1], [2, 1, 3, 1]]), 1)],
    "beam_step": [(0, _draw(2, 3, 5), None, 2), (1, _draw(2, 3, 5), _draw(2, 3, 4), 2)],
    "no_repeat_ngram": [(torch.tensor([[1., 2, 3, 1, 2], [4, 4, 4, 4, 4]]), _draw(2, 6), 3)],
    "ctc_forced_align": [(_draw(7, 5).log_softmax(-1), [1, 2, 2], 0)],
    "kmeans": [(torch.cat([_draw(5, 2), _draw(5, 2) + 6]), 2, 20)],
    "greedy_ctc": [(_draw(9, 4), "abc", 0)],
}
