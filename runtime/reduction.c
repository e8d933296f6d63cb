/* Reductions over any dims of tensors of any rank. Either each result folds its own elements (the reduced dims are the
 * contiguous ones), or rows of elements are added to a row of accumulators (the kept dims are). */
#include "instance.h"
#include "libc.h"
#include "operators.h"
#include "plan.h"
#include "tensor.h"

enum {
    SHORT_ROW = 16,    /* kept dims below this are folded one result at a time */
    ROW_CHUNK = 2048   /* accumulators that stay in the cache over all rows    */
};

/* The iteration space: `kept` and `reduced` dims apart, each with the strides of all inputs. */
typedef struct space {
    aj_plan kept, reduced;
    int64_t results, folded; /* elements of each */
    int32_t ndim;            /* of the results   */
    int64_t sizes[AJ_MAX_RANK];
} space;

static int32_t mark_dims(aj_instance *self, int32_t ndim, int64_t count, const int64_t *dims, bool *reduced) {
    for (int32_t d = 0; d < ndim; d++) reduced[d] = count < 0;
    for (int64_t i = 0; i < count; i++) {
        int32_t d = 0;
        int32_t status = aj_wrap_dim(self, dims[i], ndim, &d);
        if (status) return status;
        if (ndim == 0) continue;
        if (reduced[d]) return aj_fail(self, AJ_RUNTIME_ERROR, "dim %d appears multiple times in the list of dims", d);
        reduced[d] = true;
    }
    return AJ_OK;
}

static OUT_OF_LINE int32_t make_space(aj_instance *self, const aj_kernel *kernel, aj_tensor *const *inputs,
                                      int64_t count, const int64_t *dims, bool keepdim, space *s) {
    aj_plan whole;
    bool reduced[AJ_MAX_RANK];
    int32_t status =
        aj_broadcast_shape(self, kernel->inputs, (const aj_tensor *const *)inputs, &whole.ndim, whole.sizes);
    if (!status) status = mark_dims(self, whole.ndim, count, dims, reduced);
    if (status) return status;
    whole.operands = s->kept.operands = s->reduced.operands = kernel->inputs;
    for (int32_t k = 0; k < kernel->inputs; k++) aj_plan_operand(&whole, k, inputs[k]);
    s->kept.ndim = s->reduced.ndim = s->ndim = 0;
    s->results = s->folded = 1;
    for (int32_t d = 0; d < whole.ndim; d++) {
        aj_plan *part = reduced[d] ? &s->reduced : &s->kept;
        for (int32_t k = 0; k < kernel->inputs; k++) part->strides[k][part->ndim] = whole.strides[k][d];
        part->sizes[part->ndim++] = whole.sizes[d];
        *(reduced[d] ? &s->folded : &s->results) *= whole.sizes[d];
        if (!reduced[d] || keepdim) s->sizes[s->ndim++] = reduced[d] ? 1 : whole.sizes[d];
    }
    aj_plan_coalesce(&s->kept);
    aj_plan_coalesce(&s->reduced);
    return AJ_OK;
}

/* Moves `at` (one pointer for each operand) to the next element of the plan's dims before `dims`. */
static OUT_OF_LINE void advance(const aj_plan *plan, int32_t dims, int64_t *index, char **at) {
    for (int32_t d = dims - 1; d >= 0; d--) {
        for (int32_t k = 0; k < plan->operands; k++) at[k] += plan->strides[k][d];
        if (++index[d] < plan->sizes[d]) return;
        for (int32_t k = 0; k < plan->operands; k++) at[k] -= plan->strides[k][d] * plan->sizes[d];
        index[d] = 0;
    }
}

static void prepare_walk(aj_walk *walk, const aj_kernel *kernel, aj_map run, const aj_word *scalars) {
    walk->kernel = kernel;
    walk->run = run;
    walk->scalars = scalars;
    for (int32_t k = 0; k < kernel->inputs + kernel->outputs; k++)
        walk->bytes[k] = aj_dtype_bytes(kernel->dtypes[k]);
}

/* One result after another, each from all of its elements. */
static OUT_OF_LINE int32_t fold_each(const space *s, const aj_reduction *r, aj_map fold, aj_tensor *const *inputs,
                                     aj_word *scalars, aj_tensor *const *accumulators) {
    aj_walk walk;
    int64_t index[AJ_MAX_RANK] = {0};
    int32_t fault = 0, operands = r->fold.inputs;
    bool direct = s->reduced.ndim == 1;
    prepare_walk(&walk, &r->fold, fold, scalars);
    walk.plan = s->reduced;
    walk.count = s->folded;
    for (int32_t k = 0; k < operands; k++) {
        walk.base[k] = (char *)inputs[k]->data;
        direct &= s->reduced.strides[k][0] == walk.bytes[k];
    }
    for (int64_t i = 0; i < s->results; i++) {
        for (int32_t j = 0; j < r->results; j++) {
            int64_t bytes = aj_dtype_bytes(r->accumulator_dtypes[j]);
            scalars[j] = (aj_word)(uintptr_t)((char *)accumulators[j]->data + i * bytes);
        }
        fault |= direct ? aj_map_contiguous(&r->fold, fold, scalars, walk.base, s->folded)
                        : aj_walk_range(&walk, 0, s->folded);
        advance(&s->kept, s->kept.ndim, index, walk.base);
    }
    return fault;
}

/* Row after row of elements into the accumulators, a chunk of them at a time. */
static OUT_OF_LINE int32_t add_rows(const space *s, const aj_reduction *r, aj_map rows, aj_tensor *const *inputs,
                        const aj_word *scalars, aj_tensor *const *accumulators) {
    aj_walk walk;
    int32_t fault = 0, results = r->results, operands = r->fold.inputs;
    prepare_walk(&walk, &r->rows, rows, scalars);
    walk.plan.ndim = s->kept.ndim;
    walk.plan.operands = operands + 2 * results;
    memcpy(walk.plan.sizes, s->kept.sizes, sizeof walk.plan.sizes);
    walk.count = s->results;
    for (int32_t k = 0; k < operands; k++)
        memcpy(walk.plan.strides[results + k], s->kept.strides[k], sizeof walk.plan.strides[0]);
    for (int32_t j = 0; j < results; j++) {
        int64_t stride = aj_dtype_bytes(r->accumulator_dtypes[j]);
        walk.base[j] = walk.base[results + operands + j] = (char *)accumulators[j]->data;
        for (int32_t d = s->kept.ndim - 1; d >= 0; d--) {
            walk.plan.strides[j][d] = walk.plan.strides[results + operands + j][d] = stride;
            stride *= s->kept.sizes[d];
        }
    }
    bool direct = s->kept.ndim == 1;
    for (int32_t k = 0; k < walk.plan.operands; k++) direct &= walk.plan.strides[k][0] == walk.bytes[k];
    for (int64_t begin = 0; begin < s->results; begin += ROW_CHUNK) {
        int64_t end = s->results - begin < ROW_CHUNK ? s->results : begin + ROW_CHUNK;
        int64_t index[AJ_MAX_RANK] = {0};
        for (int32_t k = 0; k < operands; k++) walk.base[results + k] = (char *)inputs[k]->data;
        /* Whole groups of lanes run without a walk; the columns that are left are walked. */
        int64_t whole = direct ? (end - begin) & -(int64_t)r->rows.lanes : 0;
        for (int64_t row = 0; row < s->folded; row++) {
            if (whole) {
                void *at[AJ_MAX_OPERANDS];
                for (int32_t k = 0; k < walk.plan.operands; k++) at[k] = walk.base[k] + begin * walk.bytes[k];
                fault |= rows(at, whole, scalars);
            }
            if (begin + whole < end) fault |= aj_walk_range(&walk, begin + whole, end);
            advance(&s->reduced, s->reduced.ndim, index, walk.base + results);
        }
    }
    return fault;
}

static void fill_identity(aj_tensor *t, uint64_t identity) {
    char bits[8];
    memcpy(bits, &identity, sizeof bits);
    aj_plan_gather((char *)t->data, bits, 0, t->numel, aj_dtype_bytes(t->dtype));
}

/* The results, and accumulators: the results themselves where the types agree. */
static int32_t make_results(aj_instance *self, const space *s, const aj_reduction *r, aj_tensor **results,
                            aj_tensor **accumulators) {
    for (int32_t j = 0; j < r->results; j++) results[j] = accumulators[j] = NULL;
    for (int32_t j = 0; j < r->results; j++) {
        int32_t status = aj_tensor_new(self, r->result_dtypes[j], s->ndim, s->sizes, &results[j]);
        if (status) return status;
        if (r->accumulator_dtypes[j] == r->result_dtypes[j]) {
            accumulators[j] = results[j];
        } else {
            status = aj_tensor_new(self, r->accumulator_dtypes[j], s->ndim, s->sizes, &accumulators[j]);
            if (status) return status;
        }
        fill_identity(accumulators[j], r->identities[j]);
    }
    return AJ_OK;
}

/* Is the contiguous dim of the first input among the kept ones? */
static bool by_rows(const space *s, aj_map rows, int64_t bytes) {
    if (!rows || s->results < SHORT_ROW || s->folded <= 1) return false;
    int64_t kept = s->kept.strides[0][s->kept.ndim - 1], reduced = s->reduced.strides[0][s->reduced.ndim - 1];
    return reduced != bytes && kept >= 0 && kept <= (reduced < 0 ? -reduced : reduced) &&
           s->kept.sizes[s->kept.ndim - 1] >= SHORT_ROW;
}

int32_t aj_reduce(aj_instance *self, aj_map fold, aj_map rows, const aj_reduction *r, aj_tensor *const *inputs,
                  aj_word *scalars, int64_t count, const int64_t *dims, bool keepdim, aj_tensor **results) {
    space s;
    aj_tensor *accumulators[AJ_MAX_RESULTS];
    int32_t status = aj_kernel_check(self, &r->fold, inputs);
    if (!status) status = make_space(self, &r->fold, inputs, count, dims, keepdim, &s);
    if (status) return status;
    if (s.folded == 0 && s.results > 0 && r->never_empty) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "a maximum or minimum over no elements has no value");
    }
    status = make_results(self, &s, r, results, accumulators);
    if (!status && s.folded > 0 && s.results > 0) {
        bool use_rows = by_rows(&s, rows, aj_dtype_bytes(inputs[0]->dtype));
        int32_t fault = use_rows ? add_rows(&s, r, rows, inputs, scalars + r->results, accumulators)
                                 : fold_each(&s, r, fold, inputs, scalars, accumulators);
        if (fault) status = aj_fail(self, AJ_ZERO_DIVISION, "integer division or modulo by zero");
    }
    for (int32_t j = 0; j < r->results; j++) {
        if (accumulators[j] && accumulators[j] != results[j]) {
            const aj_tensor *t = results[j];
            if (!status) {
                aj_strided_copy(t->ndim, t->sizes, t->data, t->dtype, t->strides, accumulators[j]->data,
                                accumulators[j]->dtype, accumulators[j]->strides);
            }
            aj_release(self, &accumulators[j]->head);
        }
        if (status && results[j]) aj_release(self, &results[j]->head);
    }
    return status;
}

int32_t aj_reduce_list(aj_instance *self, aj_map fold, aj_map rows, const aj_reduction *r, aj_tensor *const *inputs,
                       aj_word *scalars, const aj_list *dims, bool keepdim, aj_tensor **results) {
    int64_t count = dims->length ? dims->length : -1;
    return aj_reduce(self, fold, rows, r, inputs, scalars, count, (const int64_t *)(const void *)dims->data, keepdim,
                     results);
}
