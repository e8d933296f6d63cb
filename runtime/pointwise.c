/* Pointwise kernels over tensors of any rank: broadcasting, result memory, overlap, threads. */
#include "instance.h"
#include "libc.h"
#include "operators.h"
#include "plan.h"
#include "tensor.h"

/* Work below this many picoseconds is not worth a second thread. */
static const int64_t parallel_threshold = 20000000;

int64_t aj_parallel_grain(int64_t elements, int64_t cost, int64_t count) {
    if (elements <= parallel_threshold / cost) return count;
    int64_t grain = (int64_t)((double)count * ((double)parallel_threshold / 2) / ((double)elements * (double)cost));
    return grain < 1 ? 1 : grain;
}

typedef struct shared_walk {
    const aj_walk *walk;
    int32_t fault;
} shared_walk;

static void run_part(void *context, int64_t begin, int64_t end) {
    shared_walk *shared = (shared_walk *)context;
    if (aj_walk_range(shared->walk, begin, end)) __atomic_store_n(&shared->fault, 1, __ATOMIC_RELAXED);
}

/* The whole space, on several threads where that pays. */
static int32_t run_walk(aj_instance *self, const aj_walk *walk) {
    int64_t cost = walk->kernel->cost > 0 ? walk->kernel->cost : 1;
    int32_t fault = 0;
    if (walk->count == 0) return AJ_OK;
    if (self->threads > 1 && walk->count > parallel_threshold / cost) {
        shared_walk shared = {walk, 0};
        int64_t grain = (parallel_threshold / 2 / cost + AJ_BLOCK) / AJ_BLOCK * AJ_BLOCK;
        aj_parallel_for(self, walk->count, grain, run_part, &shared);
        fault = shared.fault;
    } else {
        fault = aj_walk_range(walk, 0, walk->count);
    }
    return fault ? aj_fail(self, AJ_ZERO_DIVISION, "integer division or modulo by zero") : AJ_OK;
}

/* Row-major with the sizes of `first`, which is row-major. */
static bool same_layout(const aj_tensor *t, const aj_tensor *first) {
    if (t->ndim != first->ndim) return false;
    for (int32_t d = 0; d < t->ndim; d++) {
        if (t->sizes[d] != first->sizes[d]) return false;
        if (t->strides[d] != first->strides[d] && t->sizes[d] != 1) return false;
    }
    return true;
}

/* A dead input of the result's dtype and shape gives its memory to the result; else a new tensor is made. */
static int32_t result_tensor(aj_instance *self, const aj_kernel *kernel, aj_tensor *const *inputs, int32_t output,
                             uint64_t *reuse, int32_t ndim, const int64_t *sizes, aj_tensor **out) {
    int32_t dtype = kernel->dtypes[kernel->inputs + output];
    for (int32_t i = 0; *reuse >> i; i++) {
        aj_tensor *t = inputs[i];
        if (!(*reuse >> i & 1) || t->dtype != dtype || t->ndim != ndim || !aj_tensor_reusable(t)) continue;
        if (memcmp(t->sizes, sizes, (size_t)ndim * sizeof *sizes) != 0 || !aj_tensor_is_contiguous(t)) continue;
        *reuse &= ~((uint64_t)1 << i);
        aj_retain(&t->head);
        *out = t;
        return AJ_OK;
    }
    return aj_tensor_new(self, dtype, ndim, sizes, out);
}

static int32_t make_results(aj_instance *self, const aj_kernel *kernel, aj_tensor *const *inputs, int32_t ndim,
                            const int64_t *sizes, aj_tensor **results) {
    uint64_t reuse = kernel->reuse;
    if (!reuse && kernel->outputs == 1) return aj_tensor_new(self, kernel->dtypes[kernel->inputs], ndim, sizes, results);
    for (int32_t i = 0; i < kernel->outputs; i++) {
        int32_t status = result_tensor(self, kernel, inputs, i, &reuse, ndim, sizes, &results[i]);
        if (!status) continue;
        while (i-- > 0) aj_release(self, &results[i]->head);
        return status;
    }
    return AJ_OK;
}

int32_t aj_pointwise_results(aj_instance *self, const aj_kernel *kernel, aj_tensor *const *inputs, int32_t ndim,
                             const int64_t *sizes, aj_tensor **results) {
    return make_results(self, kernel, inputs, ndim, sizes, results);
}

void aj_walk_fill(aj_walk *walk, aj_map run, const aj_kernel *kernel, aj_tensor *const *inputs, const aj_word *scalars,
                  aj_tensor *const *outputs, int32_t ndim, const int64_t *sizes) {
    walk->kernel = kernel;
    walk->run = run;
    walk->scalars = scalars;
    walk->plan.ndim = ndim;
    walk->plan.operands = kernel->inputs + kernel->outputs;
    walk->count = 1;
    for (int32_t d = 0; d < ndim; d++) {
        walk->plan.sizes[d] = sizes[d];
        walk->count *= sizes[d];
    }
    for (int32_t k = 0; k < walk->plan.operands; k++) {
        const aj_tensor *t = k < kernel->inputs ? inputs[k] : outputs[k - kernel->inputs];
        walk->base[k] = (char *)t->data;
        walk->bytes[k] = aj_dtype_bytes(t->dtype);
        aj_plan_operand(&walk->plan, k, t);
    }
    aj_plan_coalesce(&walk->plan);
}

/* All inputs are row-major and of one shape: no plan is needed. */
static inline __attribute__((always_inline)) int32_t run_flat(aj_instance *self, aj_map run, const aj_kernel *kernel,
                                                              aj_tensor *const *inputs, const aj_word *scalars,
                                                              aj_tensor *const *results) {
    char *at[AJ_MAX_OPERANDS];
    for (int32_t i = 0; i < kernel->inputs; i++) at[i] = (char *)inputs[i]->data;
    for (int32_t i = 0; i < kernel->outputs; i++) at[kernel->inputs + i] = (char *)results[i]->data;
    const int64_t count = results[0]->numel;
    if (count == 0) return AJ_OK;
    if (!aj_map_contiguous(kernel, run, scalars, at, count)) return AJ_OK;
    return aj_fail(self, AJ_ZERO_DIVISION, "integer division or modulo by zero");
}

int32_t aj_pointwise(aj_instance *self, aj_map run, const aj_kernel *kernel, aj_tensor *const *inputs,
                     const aj_word *scalars, aj_tensor **results) {
    int32_t status = aj_kernel_check(self, kernel, inputs);
    if (status) return status;
    bool flat = kernel->inputs > 0 && aj_tensor_is_contiguous(inputs[0]);
    for (int32_t i = 1; flat && i < kernel->inputs; i++) flat = same_layout(inputs[i], inputs[0]);
    int32_t ndim = flat ? inputs[0]->ndim : 0;
    int64_t broadcast[AJ_MAX_RANK];
    const int64_t *sizes = flat ? inputs[0]->sizes : broadcast;
    if (!flat) {
        status = aj_broadcast_shape(self, kernel->inputs, (const aj_tensor *const *)inputs, &ndim, broadcast);
        if (status) return status;
    }
    status = make_results(self, kernel, inputs, ndim, sizes, results);
    if (status) return status;
    if (flat && (self->threads <= 1 || inputs[0]->numel * kernel->cost < parallel_threshold)) {
        status = run_flat(self, run, kernel, inputs, scalars, results);
    } else {
        aj_walk walk;
        aj_walk_fill(&walk, run, kernel, inputs, scalars, results, ndim, sizes);
        status = run_walk(self, &walk);
    }
    if (status) {
        for (int32_t i = 0; i < kernel->outputs; i++) aj_release(self, &results[i]->head);
    }
    return status;
}

/* The bytes from the first to behind the last element. */
static void span_of(const aj_tensor *t, uintptr_t *low, uintptr_t *high) {
    int64_t bytes = aj_dtype_bytes(t->dtype), first = 0, last = 0;
    for (int32_t d = 0; d < t->ndim; d++) {
        int64_t reach = (t->sizes[d] - 1) * t->strides[d];
        if (reach < 0) first += reach; else last += reach;
    }
    *low = (uintptr_t)t->data + (uintptr_t)(first * bytes);
    *high = (uintptr_t)t->data + (uintptr_t)((last + 1) * bytes);
}

/* Could writing an element of `out` change another element of `in` that is still to be read? Where both fill what they
 * span, it does; torch refuses that, and computes where it cannot tell so easily. */
enum overlap { APART, UNCLEAR, PARTLY };
static enum overlap overlap_of(const aj_tensor *in, const aj_tensor *out) {
    uintptr_t in_low, in_high, out_low, out_high;
    if (in->numel == 0 || out->numel == 0) return APART;
    if (in->data == out->data && in->ndim == out->ndim && in->dtype == out->dtype) {
        bool same = true;
        for (int32_t d = 0; same && d < in->ndim; d++)
            same = in->sizes[d] == out->sizes[d] && (in->strides[d] == out->strides[d] || in->sizes[d] == 1);
        if (same) return APART;
    }
    span_of(in, &in_low, &in_high);
    span_of(out, &out_low, &out_high);
    if (in_low >= out_high || out_low >= in_high) return APART;
    bool dense = in_high - in_low == (uintptr_t)(in->numel * aj_dtype_bytes(in->dtype)) &&
                 out_high - out_low == (uintptr_t)(out->numel * aj_dtype_bytes(out->dtype));
    return dense ? PARTLY : UNCLEAR;
}

int32_t aj_check_places(aj_instance *self, const aj_tensor *t) {
    for (int32_t d = 0; d < t->ndim; d++) {
        if (t->sizes[d] > 1 && t->strides[d] == 0 && t->numel > 0) {
            return aj_fail(self, AJ_RUNTIME_ERROR,
                           "unsupported operation: more than one element of the written-to tensor refers to a single "
                           "memory location; clone() the tensor before the operation");
        }
    }
    return AJ_OK;
}

static int32_t check_out(aj_instance *self, const aj_kernel *kernel, const aj_tensor *out, int32_t index) {
    int32_t status = aj_operand_check(self, kernel, kernel->inputs + index, out);
    return status || kernel->uniform ? status : aj_check_places(self, out);
}

/* Is the input the output itself, or memory apart from it? Both are row-major runs of `count` elements. */
static bool is_apart(const aj_tensor *in, const aj_tensor *out, int64_t count) {
    if (in->data == out->data && in->dtype == out->dtype) return true;
    const char *input = (const char *)in->data, *output = (const char *)out->data;
    return input + count * aj_dtype_bytes(in->dtype) <= output || output + count * aj_dtype_bytes(out->dtype) <= input;
}

/* One output and inputs that are row-major and of its shape, none of which shares a part of it. */
static bool is_flat(const aj_instance *self, const aj_kernel *kernel, aj_tensor *const *inputs, const aj_tensor *out) {
    if (kernel->outputs != 1 || !aj_tensor_is_contiguous(out)) return false;
    if (self->threads > 1 && out->numel * kernel->cost >= parallel_threshold) return false;
    for (int32_t i = 0; i < kernel->inputs; i++)
        if (!same_layout(inputs[i], out) || !is_apart(inputs[i], out, out->numel)) return false;
    return true;
}

int32_t aj_pointwise_out(aj_instance *self, aj_map run, const aj_kernel *kernel, aj_tensor *const *inputs,
                         const aj_word *scalars, aj_tensor *const *outs) {
    const aj_tensor *out = outs[0];
    int64_t strides[AJ_MAX_RANK];
    bool copy = false;
    int32_t status = aj_kernel_check(self, kernel, inputs);
    for (int32_t i = 0; !status && i < kernel->outputs; i++) status = check_out(self, kernel, outs[i], i);
    if (!status && is_flat(self, kernel, inputs, out)) return run_flat(self, run, kernel, inputs, scalars, outs);
    for (int32_t i = 0; !status && i < kernel->inputs; i++) {
        status = aj_broadcast_strides(self, inputs[i], out->ndim, out->sizes, strides);
        for (int32_t o = 0; !status && o < kernel->outputs; o++) {
            enum overlap overlap = overlap_of(inputs[i], outs[o]);
            copy |= overlap == UNCLEAR;
            if (overlap != PARTLY) continue;
            status = aj_fail(self, AJ_RUNTIME_ERROR,
                             "unsupported operation: some elements of the input tensor and the written-to tensor refer "
                             "to a single memory location; clone() the tensor before the operation");
        }
    }
    if (status) return status;
    aj_walk walk;
    if (!copy) {
        aj_walk_fill(&walk, run, kernel, inputs, scalars, outs, out->ndim, out->sizes);
        return run_walk(self, &walk);
    }
    aj_kernel fresh = *kernel;
    fresh.reuse = 0;
    aj_tensor *results[AJ_MAX_OPERANDS];
    status = make_results(self, &fresh, inputs, out->ndim, out->sizes, results);
    if (status) return status;
    aj_walk_fill(&walk, run, kernel, inputs, scalars, results, out->ndim, out->sizes);
    status = run_walk(self, &walk);
    for (int32_t i = 0; i < kernel->outputs; i++) {
        if (!status) {
            aj_strided_copy(out->ndim, out->sizes, outs[i]->data, outs[i]->dtype, outs[i]->strides, results[i]->data,
                            results[i]->dtype, results[i]->strides);
        }
        aj_release(self, &results[i]->head);
    }
    return status;
}
