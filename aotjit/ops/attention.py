"""Whole attention layers, which torch's modules call where nothing is trained: written in the language."""

from __future__ import annotations

from aotjit.ops.declare import composite

_MASK = """
hidden = mask
if hidden is not None:
    kind = mask_type
    if kind is None:
        raise RuntimeError("Mask Type should be defined")
    hidden = hidden.to(torch.bool)
    if kind == 1:
        hidden = hidden.reshape([n, 1, 1, hidden.size(1)])
    scores = torch.where(hidden, -math.inf, scores)
"""
"""A mask of numbers hides where it is not zero, as in torch; kind 1 is of the keys of each sequence."""
composite(
    "aten::_native_multi_head_attention(Tensor query, Tensor key, Tensor value, int embed_dim, int num_head, "
    "Tensor qkv_weight, Tensor qkv_bias, Tensor proj_weight, Tensor proj_bias, Tensor? mask=None, "
    "bool need_weights=True, bool average_attn_weights=True, int? mask_type=None) -> (Tensor, Tensor)",
    """
n = query.size(0)
head = embed_dim // num_head
e = embed_dim
q = torch.linear(query, qkv_weight[:e], qkv_bias[:e]).reshape([n, -1, num_head, head]).transpose(1, 2)
k = torch.linear(key, qkv_weight[e:2 * e], qkv_bias[e:2 * e]).reshape([n, -1, num_head, head]).transpose(1, 2)
v = torch.linear(value, qkv_weight[2 * e:], qkv_bias[2 * e:]).reshape([n, -1, num_head, head]).transpose(1, 2)
scores = torch.matmul(q / math.sqrt(float(head)), k.transpose(-2, -1))
"""
    + _MASK
    + """
weights = torch.softmax(scores, -1)
heads = torch.matmul(weights, v).transpose(1, 2).reshape([n, -1, embed_dim])
result = torch.linear(heads, proj_weight, proj_bias)
if not need_weights:
    return result, torch.empty([0], dtype=query.dtype)
if average_attn_weights:
    return result, torch.mean(weights, [1])
return result, weights
""",
)
composite(
    "aten::_transformer_encoder_layer_fwd(Tensor src, int embed_dim, int num_heads, Tensor qkv_weight, "
    "Tensor qkv_bias, Tensor proj_weight, Tensor proj_bias, bool use_gelu, bool norm_first, float eps, "
    "Tensor norm_weight_1, Tensor norm_bias_1, Tensor norm_weight_2, Tensor norm_bias_2, Tensor ffn_weight_1, "
    "Tensor ffn_bias_1, Tensor ffn_weight_2, Tensor ffn_bias_2, Tensor? mask=None, int? mask_type=None) -> Tensor",
    """
x = src
y = src
if norm_first:
    y = torch.layer_norm(x, [embed_dim], norm_weight_1, norm_bias_1, eps)
attended = torch._native_multi_head_attention(y, y, y, embed_dim, num_heads, qkv_weight, qkv_bias, proj_weight,
                                              proj_bias, mask, False, True, mask_type)[0]
x = x + attended
if not norm_first:
    x = torch.layer_norm(x, [embed_dim], norm_weight_1, norm_bias_1, eps)
y = x
if norm_first:
    y = torch.layer_norm(x, [embed_dim], norm_weight_2, norm_bias_2, eps)
inner = torch.linear(y, ffn_weight_1, ffn_bias_1)
inner = torch.gelu(inner) if use_gelu else torch.relu(inner)
x = x + torch.linear(inner, ffn_weight_2, ffn_bias_2)
if not norm_first:
    x = torch.layer_norm(x, [embed_dim], norm_weight_2, norm_bias_2, eps)
return x
""",
)

# -- nested tensors: an encoder's way around padding, which only a padding mask asks for -------------------------------

_REFUSED = """
raise NotImplementedError("nested tensors are not compiled by this version of aotjit: build the encoder with "
                          "enable_nested_tensor=False")
"""
composite("aten::_nested_tensor_from_mask(Tensor t, Tensor mask, bool mask_check=True) -> Tensor",
          _REFUSED + "return t")  # fmt: skip
composite("aten::_nested_tensor_from_mask_left_aligned(Tensor t, Tensor mask) -> bool", _REFUSED + "return False")
composite("aten::to_padded_tensor(Tensor self, float padding, SymInt[]? output_size=None) -> Tensor",
          _REFUSED + "return self")  # fmt: skip
