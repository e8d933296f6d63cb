#include "tensor.h"

#include "operators.h"
#include "value.h"

int32_t aj_wrap_dim(aj_instance *self, int64_t dim, int32_t rank, int32_t *out) {
    int64_t range = rank > 0 ? rank : 1;
    if (__builtin_expect(dim < -range || dim >= range, 0)) {
        return aj_fail(self, AJ_INDEX_ERROR,
                       "Dimension out of range (expected to be in range of [%lld, %lld], but got %lld)",
                       (long long)-range, (long long)(range - 1), (long long)dim);
    }
    *out = (int32_t)(dim < 0 ? dim + range : dim);
    return AJ_OK;
}

typedef struct shape {
    int32_t ndim;
    int64_t sizes[AJ_MAX_RANK], strides[AJ_MAX_RANK];
} shape;

static shape shape_of(const aj_tensor *t) {
    shape s;
    s.ndim = t->ndim;
    for (int32_t d = 0; d < t->ndim; d++) {
        s.sizes[d] = t->sizes[d];
        s.strides[d] = t->strides[d];
    }
    return s;
}

static int32_t view(aj_instance *self, aj_tensor *t, const shape *s, int64_t offset, aj_tensor **out) {
    return aj_tensor_view(self, t, s->ndim, s->sizes, s->strides, offset, out);
}

static void remove_dim(shape *s, int32_t dim) {
    s->ndim--;
    for (int32_t d = dim; d < s->ndim; d++) {
        s->sizes[d] = s->sizes[d + 1];
        s->strides[d] = s->strides[d + 1];
    }
}

int32_t aj_view_detach(aj_instance *self, aj_tensor *t, aj_tensor **out) {
    return aj_tensor_view(self, t, t->ndim, t->sizes, t->strides, 0, out);
}

/* The sizes with a -1 replaced by what is left of `numel`. */
static int32_t infer_sizes(aj_instance *self, int64_t numel, const aj_list *wanted, shape *s) {
    int64_t known = 1;
    int32_t inferred = -1;
    if (wanted->length > AJ_MAX_RANK) {
        return aj_fail(self, AJ_VALUE_ERROR, "at most %d dimensions are supported, got %lld", (int)AJ_MAX_RANK,
                       (long long)wanted->length);
    }
    s->ndim = (int32_t)wanted->length;
    for (int32_t d = 0; d < s->ndim; d++) {
        int64_t size = (int64_t)wanted->data[d];
        s->sizes[d] = size;
        if (size == -1) {
            if (inferred >= 0) return aj_fail(self, AJ_RUNTIME_ERROR, "only one dimension can be inferred");
            inferred = d;
        } else if (size < 0) {
            return aj_fail(self, AJ_RUNTIME_ERROR, "invalid shape dimension %lld", (long long)size);
        } else if (__builtin_mul_overflow(known, size, &known)) {
            known = -1;
            break;
        }
    }
    if (inferred >= 0 && known == 0) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "cannot reshape tensor of %lld elements: the unspecified dimension size "
                       "-1 can be any value and is ambiguous", (long long)numel);
    }
    if (known < 0 || (inferred >= 0 ? numel % known != 0 : numel != known)) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "shape of %lld dimensions is invalid for input of size %lld",
                       (long long)wanted->length, (long long)numel);
    }
    if (inferred >= 0) s->sizes[inferred] = numel / known;
    return AJ_OK;
}

/* Strides that make s->sizes a view of `t`; false when there are none. Runs of mergeable dims are split again. */
static bool view_strides(const aj_tensor *t, shape *s) {
    if (t->numel == 0) {
        int64_t stride = 1;
        for (int32_t d = s->ndim - 1; d >= 0; d--) {
            s->strides[d] = stride;
            stride *= s->sizes[d] > 1 ? s->sizes[d] : 1;
        }
        return true;
    }
    int32_t d = s->ndim - 1;
    int64_t run = 1, base = t->ndim ? t->strides[t->ndim - 1] : 1;
    for (int32_t k = t->ndim - 1; k >= 0; k--) {
        run *= t->sizes[k];
        bool ends = k == 0 || (t->sizes[k - 1] != 1 && t->strides[k - 1] != run * base);
        if (!ends) continue;
        int64_t part = 1;
        while (d >= 0 && (part < run || s->sizes[d] == 1)) {
            s->strides[d] = part * base;
            part *= s->sizes[d--];
        }
        if (part != run) return false;
        if (k > 0) {
            base = t->strides[k - 1];
            run = 1;
        }
    }
    for (; d >= 0; d--) s->strides[d] = 1; /* a 0-d tensor seen as ones */
    return true;
}

int32_t aj_view_reshape(aj_instance *self, aj_tensor *t, const aj_list *sizes, aj_tensor **out) {
    shape s;
    int32_t status = infer_sizes(self, t->numel, sizes, &s);
    if (status) return status;
    if (!view_strides(t, &s)) {
        return aj_fail(self, AJ_RUNTIME_ERROR,
                       "view size is not compatible with input tensor's size and stride (at least "
                       "one dimension spans across two contiguous subspaces). Use .reshape(...) instead.");
    }
    return view(self, t, &s, 0, out);
}

static int32_t reshape(aj_instance *self, aj_tensor *t, shape *s, aj_tensor **out) {
    if (view_strides(t, s)) return view(self, t, s, 0, out);
    aj_tensor *copy = NULL;
    int32_t status = aj_clone(self, t, &copy);
    if (status) return status;
    view_strides(copy, s);
    status = view(self, copy, s, 0, out);
    aj_release(self, &copy->head);
    return status;
}

int32_t aj_reshape(aj_instance *self, aj_tensor *t, const aj_list *sizes, aj_tensor **out) {
    shape s;
    int32_t status = infer_sizes(self, t->numel, sizes, &s);
    return status ? status : reshape(self, t, &s, out);
}

int32_t aj_view_all(aj_instance *self, aj_tensor *t, aj_tensor **out) {
    shape s = shape_of(t);
    return view(self, t, &s, 0, out);
}

int32_t aj_view_flatten(aj_instance *self, aj_tensor *t, int64_t start, int64_t end, aj_tensor **out) {
    int32_t first = 0, last = 0;
    int32_t status = aj_wrap_dim(self, start, t->ndim, &first);
    if (!status) status = aj_wrap_dim(self, end, t->ndim, &last);
    if (status) return status;
    if (first > last) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "flatten() has invalid args: start_dim cannot come after end_dim");
    }
    shape s = shape_of(t);
    if (t->ndim == 0) {
        s.ndim = 1;
        s.sizes[0] = 1;
    }
    if (first == last && t->ndim) {
        aj_retain(&t->head);
        *out = t;
        return AJ_OK;
    }
    for (; first < last; last--) {
        s.sizes[first] *= s.sizes[first + 1];
        remove_dim(&s, first + 1);
    }
    return reshape(self, t, &s, out);
}

int32_t aj_view_unflatten(aj_instance *self, aj_tensor *t, int64_t dim, const aj_list *sizes, aj_tensor **out) {
    int32_t at = 0;
    shape part;
    int32_t status = aj_wrap_dim(self, dim, t->ndim, &at);
    if (!status) status = infer_sizes(self, t->ndim ? t->sizes[at] : 1, sizes, &part);
    if (status) return status;
    int32_t extra = part.ndim - 1;
    if (t->ndim == 0 || t->ndim + extra > AJ_MAX_RANK || part.ndim == 0) {
        return aj_fail(self, AJ_RUNTIME_ERROR,
                       "unflatten: sizes must be non-empty and the result of at most %d dimensions", (int)AJ_MAX_RANK);
    }
    shape s = shape_of(t);
    s.ndim += extra;
    for (int32_t d = s.ndim - 1; d >= at; d--) {
        s.sizes[d] = d > at + extra ? t->sizes[d - extra] : part.sizes[d - at];
        s.strides[d] = d > at + extra ? t->strides[d - extra] : 0;
    }
    int64_t stride = t->strides[at];
    for (int32_t d = at + extra; d >= at; d--) {
        s.strides[d] = stride;
        stride *= s.sizes[d];
    }
    return view(self, t, &s, 0, out);
}

int32_t aj_view_permute(aj_instance *self, aj_tensor *t, const aj_list *dims, aj_tensor **out) {
    shape s;
    uint32_t seen = 0;
    s.ndim = t->ndim;
    if (dims->length != t->ndim) {
        return aj_fail(self, AJ_RUNTIME_ERROR,
                       "permute: number of dimensions in the tensor input (%d) does not match the "
                       "length of the desired ordering of dimensions (%lld)",
                       (int)t->ndim, (long long)dims->length);
    }
    for (int32_t d = 0; d < t->ndim; d++) {
        int32_t from = 0;
        int32_t status = aj_wrap_dim(self, (int64_t)dims->data[d], t->ndim, &from);
        if (status) return status;
        if (seen >> from & 1) return aj_fail(self, AJ_RUNTIME_ERROR, "permute(): duplicate dims are not allowed.");
        seen |= 1u << from;
        s.sizes[d] = t->sizes[from];
        s.strides[d] = t->strides[from];
    }
    return view(self, t, &s, 0, out);
}

int32_t aj_view_transpose(aj_instance *self, aj_tensor *t, int64_t dim0, int64_t dim1, aj_tensor **out) {
    int32_t a = 0, b = 0;
    int32_t status = aj_wrap_dim(self, dim0, t->ndim, &a);
    if (!status) status = aj_wrap_dim(self, dim1, t->ndim, &b);
    if (status) return status;
    shape s = shape_of(t);
    if (t->ndim > 0) {
        s.sizes[a] = t->sizes[b];
        s.sizes[b] = t->sizes[a];
        s.strides[a] = t->strides[b];
        s.strides[b] = t->strides[a];
    }
    return view(self, t, &s, 0, out);
}

int32_t aj_view_t(aj_instance *self, aj_tensor *t, aj_tensor **out) {
    if (t->ndim > 2) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "t() expects a tensor with <= 2 dimensions, but self is %dD",
                       (int)t->ndim);
    }
    return t->ndim < 2 ? aj_view_detach(self, t, out) : aj_view_transpose(self, t, 0, 1, out);
}

static int32_t expand(aj_instance *self, aj_tensor *t, shape *s, aj_tensor **out) {
    int32_t lead = s->ndim - t->ndim;
    if (lead < 0) {
        return aj_fail(self, AJ_RUNTIME_ERROR,
                       "expand: the number of sizes provided (%d) must be greater or equal to the "
                       "number of dimensions in the tensor (%d)",
                       (int)s->ndim, (int)t->ndim);
    }
    for (int32_t d = 0; d < s->ndim; d++) {
        int64_t have = d < lead ? 1 : t->sizes[d - lead];
        int64_t *want = &s->sizes[d];
        if (*want == -1 && d >= lead) *want = have;
        if (*want < 0) {
            return aj_fail(self, AJ_RUNTIME_ERROR, "expand: the expanded size of the tensor (%lld) isn't allowed in a "
                           "leading, non-existing dimension %d", (long long)*want, (int)d);
        }
        if (have != *want && have != 1) {
            return aj_fail(self, AJ_RUNTIME_ERROR,
                           "The expanded size of the tensor (%lld) must match the existing size "
                           "(%lld) at non-singleton dimension %d",
                           (long long)*want, (long long)have, (int)d);
        }
        s->strides[d] = d < lead || have != *want ? 0 : t->strides[d - lead];
    }
    return view(self, t, s, 0, out);
}

int32_t aj_view_expand(aj_instance *self, aj_tensor *t, const aj_list *sizes, aj_tensor **out) {
    shape s;
    if (sizes->length > AJ_MAX_RANK) {
        return aj_fail(self, AJ_VALUE_ERROR, "at most %d dimensions are supported", (int)AJ_MAX_RANK);
    }
    s.ndim = (int32_t)sizes->length;
    for (int32_t d = 0; d < s.ndim; d++) s.sizes[d] = (int64_t)sizes->data[d];
    return expand(self, t, &s, out);
}

int32_t aj_view_expand_as(aj_instance *self, aj_tensor *t, aj_tensor *other, aj_tensor **out) {
    shape s = shape_of(other);
    return expand(self, t, &s, out);
}

int32_t aj_view_squeeze(aj_instance *self, aj_tensor *t, aj_tensor **out) {
    shape s = shape_of(t);
    for (int32_t d = s.ndim - 1; d >= 0; d--) {
        if (s.sizes[d] == 1) remove_dim(&s, d);
    }
    return view(self, t, &s, 0, out);
}

int32_t aj_view_squeeze_dim(aj_instance *self, aj_tensor *t, int64_t dim, aj_tensor **out) {
    int32_t at = 0;
    int32_t status = aj_wrap_dim(self, dim, t->ndim, &at);
    if (status) return status;
    shape s = shape_of(t);
    if (t->ndim > 0 && s.sizes[at] == 1) remove_dim(&s, at);
    return view(self, t, &s, 0, out);
}

int32_t aj_view_unsqueeze(aj_instance *self, aj_tensor *t, int64_t dim, aj_tensor **out) {
    int32_t at = 0;
    if (t->ndim == AJ_MAX_RANK) {
        return aj_fail(self, AJ_VALUE_ERROR, "at most %d dimensions are supported", (int)AJ_MAX_RANK);
    }
    int32_t status = aj_wrap_dim(self, dim, t->ndim + 1, &at);
    if (status) return status;
    shape s = shape_of(t);
    for (int32_t d = s.ndim++; d > at; d--) {
        s.sizes[d] = s.sizes[d - 1];
        s.strides[d] = s.strides[d - 1];
    }
    s.sizes[at] = 1;
    s.strides[at] = at < t->ndim ? t->sizes[at] * t->strides[at] : 1;
    return view(self, t, &s, 0, out);
}
