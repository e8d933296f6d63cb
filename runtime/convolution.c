/* Convolutions: shapes, element types, and the choice between tiles and direct sums. */
#include "convolution.h"

#include "arena.h"
#include "libc.h"
#include "operators.h"
#include "tensor.h"

enum { SPATIAL = AJ_MAX_SPATIAL };

static int32_t check_operands(aj_instance *self, const aj_window *w, const aj_tensor *x, const aj_tensor *weight) {
    if (x->dtype != weight->dtype) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "Input type (%s) and weight type (%s) should be the same",
                       aj_dtype_name(x->dtype), aj_dtype_name(weight->dtype));
    }
    if (weight->ndim != w->rank + 2 || (x->ndim != w->rank + 2 && x->ndim != w->rank + 1)) {
        return aj_fail(self, AJ_RUNTIME_ERROR,
                       "Expected %lldD (unbatched) or %lldD (batched) input and a %lldD weight to conv%lldd, but got "
                       "%dD and %dD", (long long)w->rank + 1, (long long)w->rank + 2, (long long)w->rank + 2,
                       (long long)w->rank, (int)x->ndim, (int)weight->ndim);
    }
    int64_t channels = x->sizes[x->ndim - w->rank - 1], groups = w->groups;
    int64_t expected = w->transposed ? weight->sizes[0] : weight->sizes[1] * groups;
    if (channels != expected || groups <= 0 || weight->sizes[0] % groups != 0 || weight->sizes[0] == 0) {
        return aj_fail(self, AJ_RUNTIME_ERROR,
                       "Given groups=%lld and a weight of %lld x %lld channels, expected an input of %lld channels, "
                       "but got %lld", (long long)groups, (long long)weight->sizes[0], (long long)weight->sizes[1],
                       (long long)expected, (long long)channels);
    }
    return AJ_OK;
}

/* Sizes and padding of one spatial dim. */
static int32_t set_dim(aj_instance *self, aj_convolved *c, const aj_window *w, int32_t at, int32_t dim) {
    int64_t reach = c->dilation[at] * (c->kernel[at] - 1), stride = w->stride[dim], whole;
    if (w->transposed) {
        c->spread[at] = stride;
        c->before[at] = reach - w->padding[dim];
        whole = (c->in[at] - 1) * stride + 1 + 2 * c->before[at] + w->output_padding[dim];
    } else {
        c->stride[at] = stride;
        c->before[at] = w->same ? reach / 2 : w->padding[dim];
        whole = c->in[at] + (w->same ? reach : 2 * w->padding[dim]);
    }
    if (c->kernel[at] <= 0 || whole < reach + 1) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "Calculated padded input size per channel: %lld. Kernel size: %lld. "
                       "Kernel size can't be greater than actual input size", (long long)whole, (long long)reach + 1);
    }
    c->out[at] = (whole - reach - 1) / c->stride[at] + 1;
    return AJ_OK;
}

static int32_t set_shapes(aj_instance *self, aj_convolved *c, const aj_window *w, const aj_tensor *x,
                          const aj_tensor *weight) {
    int32_t rank = (int32_t)w->rank, lead = x->ndim - rank - 1, skip = SPATIAL - rank;
    c->bytes = aj_dtype_bytes(x->dtype);
    c->groups = w->groups;
    c->transposed = w->transposed != 0;
    c->batch = lead ? x->sizes[0] : 1;
    c->in_channels = x->sizes[lead] / c->groups;
    c->out_channels = c->transposed ? weight->sizes[1] : weight->sizes[0] / c->groups;
    c->taps = 1;
    for (int32_t i = 0; i < SPATIAL; i++) {
        int32_t dim = i - skip;
        bool given = dim >= 0;
        c->in[i] = given ? x->sizes[lead + 1 + dim] : 1;
        c->kernel[i] = given ? weight->sizes[2 + dim] : 1;
        c->dilation[i] = given ? w->dilation[dim] : 1;
        c->stride[i] = c->spread[i] = c->out[i] = 1;
        c->before[i] = 0;
        c->taps *= c->kernel[i];
        int32_t status = given ? set_dim(self, c, w, i, dim) : AJ_OK;
        if (status) return status;
    }
    c->pixels = c->out[0] * c->out[1] * c->out[2];
    c->steps = c->in_channels * c->taps;
    int64_t own = c->out_channels * c->taps;
    int64_t regular[3] = {c->steps, c->taps, 1}, flipped[3] = {c->taps, own, -1};
    memcpy(c->weight_strides, c->transposed ? flipped : regular, sizeof regular);
    c->weight_first = c->transposed ? c->taps - 1 : 0;
    return AJ_OK;
}

static int32_t run_convolution(aj_instance *self, aj_convolved *c, bool packed) {
    aj_set_planes(c);
    c->panels = aj_ceil_div(c->out_channels * c->bytes, AJ_PANEL_BYTES);
    size_t offsets = (size_t)(c->steps + 1) * sizeof(int64_t);
    size_t panel_bytes = packed ? 0 : (size_t)(c->groups * c->panels * c->steps * AJ_PANEL_BYTES);
    c->offsets = (int64_t *)aj_arena_alloc(self, offsets);
    if (!c->offsets) return AJ_MEMORY_ERROR;
    aj_set_offsets(c);
    int32_t status = AJ_OK;
    if (!c->tiles || c->steps == 0 || (c->out_channels < AJ_DIRECT_CHANNELS && !packed)) {
        status = aj_run_directly(self, c);
    } else {
        char *panels = panel_bytes ? (char *)aj_arena_alloc(self, panel_bytes) : NULL;
        if (panel_bytes && !panels) status = AJ_MEMORY_ERROR;
        if (panels) aj_pack_weight(c, panels);
        if (!status) status = aj_run_patches(self, c, panels ? panels : c->weight);
        if (panels) aj_arena_free(self, panels, panel_bytes);
    }
    aj_arena_free(self, c->offsets, offsets);
    return status;
}

/* `t` as a contiguous tensor of `dtype`. */
static int32_t prepared(aj_instance *self, aj_tensor *t, int32_t dtype, bool packed, aj_tensor **out) {
    if (packed) {
        aj_retain(&t->head);
        *out = t;
        return AJ_OK;
    }
    if (t->dtype == dtype) return aj_contiguous(self, t, out);
    int32_t status = aj_tensor_new(self, dtype, t->ndim, t->sizes, out);
    if (status) return status;
    aj_strided_copy(t->ndim, t->sizes, (*out)->data, dtype, (*out)->strides, t->data, t->dtype, t->strides);
    return AJ_OK;
}

static int32_t new_result(aj_instance *self, const aj_convolved *c, const aj_window *w, const aj_tensor *x,
                          int32_t dtype, aj_tensor **out) {
    int64_t sizes[SPATIAL + 2];
    int32_t rank = (int32_t)w->rank, lead = x->ndim - rank - 1;
    if (lead) sizes[0] = c->batch;
    sizes[lead] = c->groups * c->out_channels;
    for (int32_t i = 0; i < rank; i++) sizes[lead + 1 + i] = c->out[SPATIAL - rank + i];
    return aj_tensor_new(self, dtype, x->ndim, sizes, out);
}

int32_t aj_convolution(aj_instance *self, const aj_window *window, const aj_tiles *tiles, aj_direct direct,
                       aj_map epilogue, const aj_kernel *kernel, aj_tensor *image, aj_tensor *weight, bool panels,
                       aj_tensor *const *extras, const aj_word *scalars, aj_tensor **out) {
    aj_convolved c = {0};
    aj_walk walk;
    aj_tensor *x = NULL, *w = NULL, *sums = NULL;
    int32_t dtype = image->dtype, wide = dtype == AJ_F16 || dtype == AJ_BF16 ? AJ_F32 : dtype;
    *out = NULL;
    int32_t status = check_operands(self, window, image, weight);
    if (!status && !tiles && (aj_dtype_is_complex(dtype) || dtype == AJ_BOOL)) {
        status = aj_fail(self, AJ_NOT_IMPLEMENTED, "a convolution of %s is not supported", aj_dtype_name(dtype));
    }
    if (!status) status = set_shapes(self, &c, window, image, weight);
    if (!status) status = new_result(self, &c, window, image, dtype, out);
    if (!status) status = prepared(self, image, wide, false, &x);
    if (!status) status = prepared(self, weight, wide, panels, &w);
    if (!status && wide != dtype) status = new_result(self, &c, window, image, wide, &sums);
    if (!status && epilogue) status = aj_epilogue_walk(self, &walk, epilogue, kernel, *out, extras, scalars);
    if (!status && (*out)->numel > 0) {
        c.tiles = tiles;
        c.bytes = aj_dtype_bytes(wide);
        c.direct = tiles ? direct : aj_integer_direct(c.bytes);
        c.image = (const char *)x->data;
        c.weight = (const char *)w->data;
        c.out_data = (char *)(sums ? sums : *out)->data;
        c.epilogue = epilogue && !sums ? &walk : NULL;
        status = run_convolution(self, &c, panels);
        if (!status && sums) {
            aj_strided_copy(sums->ndim, sums->sizes, (*out)->data, dtype, (*out)->strides, sums->data, wide,
                            sums->strides);
            if (epilogue && aj_walk_range(&walk, 0, walk.count))
                status = aj_fail(self, AJ_ZERO_DIVISION, "integer division or modulo by zero");
        }
    }
    if (x) aj_release(self, &x->head);
    if (w) aj_release(self, &w->head);
    if (sums) aj_release(self, &sums->head);
    if (status && *out) aj_release(self, &(*out)->head);
    return status;
}
