/* Reductions over all dims. They walk memory as pointwise kernels do (plan.c); in place of a kernel runs a function that
 * folds each row into the same accumulators. Large ones are cut into pieces by their size alone and the pieces are added
 * in order: results are the same bits on any number of threads. */
#include "convert.h"
#include "instance.h"
#include "libc.h"
#include "operators.h"
#include "plan.h"
#include "tensor.h"

enum { PART_ELEMENTS = 65536, MOST_PARTS = 64 };

typedef uint64_t totals[AJ_MAX_RESULTS]; /* accumulators, 8 bytes for each */

/* What fold_rows gets in place of a kernel's scalars. */
typedef struct folder {
    aj_fold fold;
    const aj_reduction *r;
    const aj_word *scalars;
    uint64_t *totals;
} folder;

void aj_pad_row(char *row, int64_t count, int64_t lanes, int64_t bytes) {
    aj_plan_gather(row + count * bytes, row + (count - 1) * bytes, 0, lanes - count, bytes);
}

/* One row that is shorter than the lanes. */
static OUT_OF_LINE int32_t fold_short(const folder *f, void **at, int64_t count, uint64_t splats, void *const *to) {
    _Alignas(64) char memory[AJ_MAX_OPERANDS][64 * 8];
    const aj_kernel *kernel = &f->r->kernel;
    for (int32_t k = 0; k < kernel->inputs; k++) {
        int64_t bytes = aj_dtype_bytes(kernel->dtypes[k]);
        if (splats >> k & 1) continue;
        memcpy(memory[k], at[k], (size_t)(count * bytes));
        aj_pad_row(memory[k], count, kernel->lanes, bytes);
        at[k] = memory[k];
    }
    return f->fold(at, count, f->scalars, 1, NULL, splats, to);
}

/* An aj_map. */
static int32_t fold_rows(void *const *operands, int64_t count, const aj_word *context, int64_t rows,
                         const int64_t *strides, uint64_t splats) {
    const folder *f = (const folder *)(const void *)context;
    void *at[AJ_MAX_OPERANDS], *to[AJ_MAX_RESULTS];
    int32_t fault = 0;
    for (int32_t j = 0; j < f->r->results; j++) to[j] = &f->totals[j];
    for (int64_t row = 0; row < rows; row++) {
        for (int32_t k = 0; k < f->r->kernel.inputs; k++)
            at[k] = (char *)operands[k] + (row ? row * strides[k] : 0);
        fault |= count < f->r->kernel.lanes ? fold_short(f, at, count, splats, to)
                                            : f->fold(at, count, f->scalars, 1, NULL, splats, to);
    }
    return fault;
}

typedef struct pieces {
    const aj_walk *walk;
    const folder *folder;
    totals *totals; /* of each piece */
    int64_t part;   /* elements of a piece; the last one has the rest */
    int32_t fault;
} pieces;

static void fold_pieces(void *context, int64_t begin, int64_t end) {
    pieces *p = (pieces *)context;
    aj_walk walk = *p->walk;
    folder f = *p->folder;
    int32_t fault = 0;
    walk.scalars = (const aj_word *)(const void *)&f;
    for (int64_t i = begin; i < end; i++) {
        int64_t first = i * p->part, last = first + p->part;
        f.totals = p->totals[i];
        fault |= aj_walk_range(&walk, first, last < walk.count ? last : walk.count);
    }
    if (fault) __atomic_store_n(&p->fault, 1, __ATOMIC_RELAXED);
}

static double combine_reals(int32_t combiner, double a, double b) {
    switch (combiner) {
    case AJ_COMBINE_ADD: return a + b;
    case AJ_COMBINE_MUL: return a * b;
    case AJ_COMBINE_MAX: return a != a || a > b ? a : b;
    default: return a != a || a < b ? a : b;
    }
}

static int64_t combine_integers(int32_t combiner, int64_t a, int64_t b) {
    switch (combiner) {
    case AJ_COMBINE_ADD: return (int64_t)((uint64_t)a + (uint64_t)b);
    case AJ_COMBINE_MUL: return (int64_t)((uint64_t)a * (uint64_t)b);
    case AJ_COMBINE_MAX: return a > b ? a : b;
    case AJ_COMBINE_MIN: return a < b ? a : b;
    case AJ_COMBINE_AND: return a & b;
    default: return a | b;
    }
}

void aj_accumulators_merge(const aj_reduction *r, int32_t result, void *to, const void *from) {
    int32_t dtype = r->accumulator_dtypes[result], combiner = r->combiners[result];
    if (aj_dtype_is_floating(dtype)) {
        aj_store_double(to, dtype, combine_reals(combiner, aj_load_double(to, dtype), aj_load_double(from, dtype)));
    } else {
        aj_store_int(to, dtype, combine_integers(combiner, aj_load_int(to, dtype), aj_load_int(from, dtype)));
    }
}

/* The whole space into `all`, the first piece's accumulators. */
static OUT_OF_LINE int32_t fold_space(aj_instance *self, const folder *f, aj_tensor *const *inputs, totals all) {
    const aj_reduction *r = f->r;
    totals of_pieces[MOST_PARTS];
    int64_t sizes[AJ_MAX_RANK];
    int32_t ndim = 0;
    aj_kernel kernel = r->kernel;
    aj_walk walk;
    int32_t status = aj_broadcast_shape(self, kernel.inputs, (const aj_tensor *const *)inputs, &ndim, sizes);
    if (status) return status;
    kernel.short_rows = 1; /* fold_rows takes any */
    aj_walk_fill(&walk, fold_rows, &kernel, inputs, NULL, NULL, ndim, sizes);
    if (walk.count == 0) {
        return r->never_empty ? aj_fail(self, AJ_RUNTIME_ERROR, "a maximum or minimum over no elements has no value")
                              : AJ_OK;
    }
    int64_t count = walk.count / PART_ELEMENTS;
    if (count > MOST_PARTS) count = MOST_PARTS;
    if (count < 1) count = 1;
    pieces p = {&walk, f, of_pieces, ((walk.count + count - 1) / count + kernel.lanes - 1) & -(int64_t)kernel.lanes, 0};
    count = (walk.count + p.part - 1) / p.part;
    for (int64_t i = 0; i < count; i++) memcpy(of_pieces[i], all, sizeof(totals));
    int64_t grain = aj_parallel_grain(walk.count, kernel.cost > 0 ? kernel.cost : 1, count);
    if (self->threads > 1 && grain < count) aj_parallel_for(self, count, grain, fold_pieces, &p);
    else fold_pieces(&p, 0, count);
    memcpy(all, of_pieces[0], sizeof(totals));
    for (int64_t i = 1; i < count; i++)
        for (int32_t j = 0; j < r->results; j++) aj_accumulators_merge(r, j, &all[j], &of_pieces[i][j]);
    return p.fault ? aj_fail(self, AJ_ZERO_DIVISION, "integer division or modulo by zero") : AJ_OK;
}

/* Row-major inputs of one shape, too small to be cut: all of them is one row. */
static bool is_one_row(const aj_kernel *kernel, aj_tensor *const *inputs) {
    const aj_tensor *first = inputs[0];
    if (kernel->inputs == 0 || first->numel == 0 || first->numel >= PART_ELEMENTS) return false;
    for (int32_t k = 0; k < kernel->inputs; k++) {
        const aj_tensor *t = inputs[k];
        if (t->ndim != first->ndim || !aj_tensor_is_contiguous(t)) return false;
        if (memcmp(t->sizes, first->sizes, (size_t)t->ndim * sizeof *t->sizes) != 0) return false;
    }
    return true;
}

int32_t aj_reduce_all(aj_instance *self, aj_fold fold, const aj_reduction *r, aj_tensor *const *inputs,
                      const aj_word *scalars, aj_tensor **results) {
    totals all = {0};
    folder f = {fold, r, scalars, all};
    int32_t status = aj_kernel_check(self, &r->kernel, inputs);
    for (int32_t j = 0; j < r->results; j++) all[j] = r->identities[j];
    if (status) return status;
    if (is_one_row(&r->kernel, inputs)) {
        void *at[AJ_MAX_OPERANDS];
        for (int32_t k = 0; k < r->kernel.inputs; k++) at[k] = inputs[k]->data;
        if (fold_rows(at, inputs[0]->numel, (const aj_word *)(const void *)&f, 1, NULL, 0))
            status = aj_fail(self, AJ_ZERO_DIVISION, "integer division or modulo by zero");
    } else {
        status = fold_space(self, &f, inputs, all);
    }
    for (int32_t j = 0; j < r->results && !status; j++) {
        status = aj_tensor_new(self, r->result_dtypes[j], 0, NULL, &results[j]);
        if (status) {
            while (j-- > 0) aj_release(self, &results[j]->head);
            return status;
        }
        aj_convert_row(results[j]->data, r->result_dtypes[j], 1, &all[j], r->accumulator_dtypes[j], 1, 1);
    }
    return status;
}
