/* Reductions over some dims of tensors of any rank (over all of them: reduce_all.c). Either rows of elements are folded to one result each (the reduced
 * dims are the contiguous ones), or rows are added up to a row of results (the kept dims are). Large reductions are cut
 * into pieces by their sizes alone: results are the same bits on any number of threads. */
#include "convert.h"
#include "instance.h"
#include "libc.h"
#include "operators.h"
#include "plan.h"
#include "tensor.h"

enum {
    COLUMN_CHUNK = 2048,    /* accumulators that stay in the cache over all rows             */
    PART_ELEMENTS = 65536,  /* elements of a piece of the reduced space                      */
    MOST_PARTS = 64,
    ENOUGH_UNITS = 16,      /* groups of results that are work for several threads           */
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

/* How the kernel sees memory: `rows` of `count` elements. Folding rows, a row is one result's elements along the
 * innermost reduced dim; folding columns, it is the elements of all results at one place of that dim. */
typedef struct folding {
    const space *s;
    const aj_reduction *r;
    aj_fold run;
    const aj_word *scalars;
    bool columns;
    uint64_t splats, strided;
    int64_t row[AJ_MAX_OPERANDS], column[AJ_MAX_OPERANDS], bytes[AJ_MAX_OPERANDS];
    int64_t width[AJ_MAX_RESULTS]; /* bytes of an accumulator */
    char *base[AJ_MAX_OPERANDS];
    char *accumulators[AJ_MAX_RESULTS];
    int64_t units, unit;  /* the results as so many groups of `unit`, the last one with the rest */
    int64_t parts, part;  /* the reduced space as so many pieces of its outermost dim, each with its own accumulators */
    int32_t fault;
} folding;

static int32_t run_kernel(const folding *f, char *const *inputs, int64_t count, int64_t rows, const int64_t *strides,
                          char *const *accumulators) {
    return f->run((void *const *)inputs, count, f->scalars, rows, strides, f->splats, (void *const *)accumulators);
}

/* Tiles of rows whose elements are not contiguous, or too few, go through buffers. */
static OUT_OF_LINE int32_t fold_tiles(const folding *f, uint64_t copied, char *const *inputs, int64_t count,
                                      int64_t rows, char *const *accumulators) {
    _Alignas(64) char memory[AJ_BUFFER_BYTES];
    int32_t operands = f->r->kernel.inputs, fault = 0;
    int64_t lanes = f->r->kernel.lanes, each = AJ_BUFFER_BYTES / __builtin_popcountll(copied) & -64;
    int64_t wide = 256 >> f->r->kernel.wide, pitch = wide + 64; /* a last tile may be up to the lanes wider */
    if (count < wide) pitch = ((wide = count) + 63) & -64;
    int64_t deep = (each / 8 / pitch) >> f->r->kernel.wide, strides[AJ_MAX_OPERANDS];
    for (int32_t k = 0; k < operands; k++) strides[k] = copied >> k & 1 ? pitch * f->bytes[k] : f->row[k];
    for (int64_t r = 0; r < rows; r += deep) {
        int64_t height = rows - r < deep ? rows - r : deep, width;
        for (int64_t c = 0; c < count; c += width) {
            width = count - c < wide + lanes ? count - c : wide;
            char *at[AJ_MAX_OPERANDS], *to[AJ_MAX_RESULTS], *buffer = memory;
            for (int32_t k = 0; k < operands; k++) {
                at[k] = inputs[k] + r * f->row[k] + c * f->column[k];
                if (!(copied >> k & 1)) continue;
                aj_rectangle tile = {at[k], buffer, f->row[k], f->column[k], strides[k]};
                aj_rectangle_gather(&tile, height, width, f->bytes[k]);
                for (int64_t i = 0; width < lanes && i < height; i++)
                    aj_pad_row(buffer + i * strides[k], width, lanes, f->bytes[k]);
                at[k] = buffer;
                buffer += each;
            }
            for (int32_t j = 0; j < f->r->results; j++) to[j] = accumulators[j] + (f->columns ? c : r) * f->width[j];
            fault |= run_kernel(f, at, width, height, strides, to);
        }
    }
    return fault;
}

/* `results` results, neighbours along the innermost kept dim, from `folded` places of the innermost reduced dim. */
static int32_t fold_block(const folding *f, char *const *inputs, int64_t results, int64_t folded,
                          char *const *accumulators) {
    int64_t count = f->columns ? results : folded, rows = f->columns ? folded : results;
    uint64_t copied = f->strided;
    if (count < f->r->kernel.lanes) copied = (((uint64_t)1 << f->r->kernel.inputs) - 1) & ~f->splats;
    return copied ? fold_tiles(f, copied, inputs, count, rows, accumulators)
                  : run_kernel(f, inputs, count, rows, f->row, accumulators);
}

/* Moves `at` to the place of row-major index `i` in the plan's dims before `dims`. */
static void seek(const aj_plan *plan, int32_t dims, int64_t i, int64_t *index, char **at) {
    for (int32_t d = dims - 1; d >= 0; d--) {
        index[d] = i % plan->sizes[d];
        i /= plan->sizes[d];
        for (int32_t k = 0; k < plan->operands; k++) at[k] += index[d] * plan->strides[k][d];
    }
}

/* Piece `part` of the reduced space into `results` neighbours. */
static int32_t fold_part(const folding *f, char *const *inputs, int64_t results, int64_t part, char *const *to) {
    const aj_plan *reduced = &f->s->reduced;
    int32_t inner = reduced->ndim - 1, fault = 0, operands = f->r->kernel.inputs;
    int64_t size = reduced->sizes[inner], begin = part * f->part, end = begin + f->part, index[AJ_MAX_RANK];
    int64_t all = inner > 0 ? f->s->folded / size : size;
    if (part + 1 == f->parts) end = all;
    char *at[AJ_MAX_OPERANDS];
    for (int32_t k = 0; k < operands; k++) at[k] = inputs[k];
    if (inner == 0) {
        for (int32_t k = 0; k < operands; k++) at[k] += begin * reduced->strides[k][0];
        return fold_block(f, at, results, end - begin, to);
    }
    seek(reduced, inner, begin, index, at);
    for (int64_t i = begin; i < end; i++) {
        fault |= fold_block(f, at, results, size, to);
        advance(reduced, inner, index, at);
    }
    return fault;
}

/* Results [begin, end) from piece `part`. */
static int32_t fold_results(const folding *f, int64_t begin, int64_t end, int64_t part) {
    const aj_plan *kept = &f->s->kept;
    int32_t inner = kept->ndim - 1, fault = 0, operands = f->r->kernel.inputs;
    int64_t size = kept->sizes[inner], column = begin % size, index[AJ_MAX_RANK], lanes = f->r->kernel.lanes;
    char *first[AJ_MAX_OPERANDS], *at[AJ_MAX_OPERANDS], *to[AJ_MAX_RESULTS];
    for (int32_t k = 0; k < operands; k++) first[k] = f->base[k];
    seek(kept, inner, begin / size, index, first);
    while (begin < end) {
        int64_t count = size - column < end - begin ? size - column : end - begin;
        if (f->columns && count >= COLUMN_CHUNK + lanes) count = COLUMN_CHUNK;
        for (int32_t k = 0; k < operands; k++) at[k] = first[k] + column * kept->strides[k][inner];
        for (int32_t j = 0; j < f->r->results; j++)
            to[j] = f->accumulators[j] + (part * f->s->results + begin) * f->width[j];
        fault |= fold_part(f, at, count, part, to);
        begin += count;
        column += count;
        if (column < size) continue;
        column = 0;
        advance(kept, inner, index, first);
    }
    return fault;
}

static void fold_units(void *context, int64_t begin, int64_t end) {
    folding *f = (folding *)context;
    int64_t last = end == f->units ? f->s->results : end * f->unit;
    int32_t fault = 0;
    for (int64_t part = 0; part < f->parts; part++) fault |= fold_results(f, begin * f->unit, last, part);
    if (fault) __atomic_store_n(&f->fault, 1, __ATOMIC_RELAXED);
}

static void fold_parts(void *context, int64_t begin, int64_t end) {
    folding *f = (folding *)context;
    int32_t fault = 0;
    for (int64_t part = begin; part < end; part++) fault |= fold_results(f, 0, f->s->results, part);
    if (fault) __atomic_store_n(&f->fault, 1, __ATOMIC_RELAXED);
}

/* Along which dim the kernel reads contiguous memory. */
static void choose_mode(folding *f, aj_fold fold, aj_fold columns, aj_tensor *const *inputs) {
    const aj_plan *kept = &f->s->kept, *reduced = &f->s->reduced;
    int32_t operands = f->r->kernel.inputs, by_rows = 0, by_columns = 0;
    int64_t along = reduced->sizes[reduced->ndim - 1], across = kept->sizes[kept->ndim - 1];
    for (int32_t k = 0; k < operands; k++) {
        int64_t bytes = f->bytes[k] = aj_dtype_bytes(inputs[k]->dtype), stride = reduced->strides[k][reduced->ndim - 1];
        by_rows += stride == bytes || stride == 0;
        by_columns += kept->strides[k][kept->ndim - 1] == bytes;
        f->base[k] = (char *)inputs[k]->data;
    }
    /* Short rows are turned into columns by way of tiles, which cost less than folding the lanes of each. */
    bool fits = columns && across >= f->r->kernel.lanes;
    f->columns = fits && (along < f->r->kernel.lanes || (by_columns == operands && by_rows < operands) ||
                          (by_columns > by_rows && by_rows < operands));
    f->run = f->columns ? columns : fold;
    const aj_plan *of_rows = f->columns ? reduced : kept, *of_columns = f->columns ? kept : reduced;
    f->splats = f->strided = 0;
    for (int32_t k = 0; k < operands; k++) {
        f->row[k] = of_rows->strides[k][of_rows->ndim - 1];
        f->column[k] = of_columns->strides[k][of_columns->ndim - 1];
        if (f->column[k] == f->bytes[k]) continue;
        *(f->column[k] == 0 && !f->columns ? &f->splats : &f->strided) |= (uint64_t)1 << k;
    }
}

/* How the work is cut: by results where there are enough of them, else the reduced space too. The cut depends on the
 * sizes alone, so that the same sums are rounded in the same way on any number of threads. */
static void cut(folding *f) {
    const space *s = f->s;
    const aj_plan *kept = &s->kept, *reduced = &s->reduced;
    f->unit = !f->columns ? 1 : kept->ndim > 1 ? kept->sizes[kept->ndim - 1] : f->r->kernel.lanes;
    f->units = s->results / f->unit;
    int64_t pieces = s->folded * s->results / PART_ELEMENTS, dim = reduced->sizes[0];
    if (reduced->ndim > 1) dim = s->folded / reduced->sizes[reduced->ndim - 1];
    else dim /= 4 * f->r->kernel.lanes;
    if (f->units >= ENOUGH_UNITS || s->results > PART_ELEMENTS / 4) pieces = 1;
    if (pieces > MOST_PARTS) pieces = MOST_PARTS;
    if (pieces > dim) pieces = dim;
    if (pieces < 1) pieces = 1;
    int64_t all = reduced->ndim > 1 ? dim : reduced->sizes[0];
    f->part = (all + pieces - 1) / pieces;
    if (reduced->ndim == 1) f->part = (f->part + f->r->kernel.lanes - 1) & -(int64_t)f->r->kernel.lanes;
    f->parts = (all + f->part - 1) / f->part;
}

static void run_folding(aj_instance *self, folding *f) {
    int64_t cost = f->r->kernel.cost > 0 ? f->r->kernel.cost : 1, count = f->parts > 1 ? f->parts : f->units;
    int64_t grain = aj_parallel_grain(f->s->folded * f->s->results, cost, count);
    void (*body)(void *, int64_t, int64_t) = f->parts > 1 ? fold_parts : fold_units;
    if (self->threads > 1 && grain < count) aj_parallel_for(self, count, grain, body, f);
    else body(f, 0, count);
}

static void fill_identity(aj_tensor *t, uint64_t identity) {
    char bits[8];
    memcpy(bits, &identity, sizeof bits);
    aj_plan_gather((char *)t->data, bits, 0, t->numel, aj_dtype_bytes(t->dtype));
}

/* The results, and accumulators: the results themselves where the types agree and there is one piece. */
static int32_t make_results(aj_instance *self, const folding *f, aj_tensor **results, aj_tensor **accumulators) {
    const aj_reduction *r = f->r;
    const space *s = f->s;
    for (int32_t j = 0; j < r->results; j++) results[j] = accumulators[j] = NULL;
    for (int32_t j = 0; j < r->results; j++) {
        int64_t sizes[2] = {f->parts, s->results};
        int32_t status = aj_tensor_new(self, r->result_dtypes[j], s->ndim, s->sizes, &results[j]);
        if (status) return status;
        if (f->parts == 1 && r->accumulator_dtypes[j] == r->result_dtypes[j]) {
            accumulators[j] = results[j];
        } else {
            status = aj_tensor_new(self, r->accumulator_dtypes[j], 2, sizes, &accumulators[j]);
            if (status) return status;
        }
        fill_identity(accumulators[j], r->identities[j]);
    }
    return AJ_OK;
}

/* The pieces' accumulators into those of the first, in order. */
static void merge_parts(const folding *f) {
    for (int32_t j = 0; j < f->r->results; j++) {
        int64_t bytes = f->width[j], size = f->s->results;
        for (int64_t i = size; i < f->parts * size; i++) {
            char *base = f->accumulators[j];
            aj_accumulators_merge(f->r, j, base + i % size * bytes, base + i * bytes);
        }
    }
}

int32_t aj_reduce(aj_instance *self, aj_fold fold, aj_fold columns, const aj_reduction *r, aj_tensor *const *inputs,
                  const aj_word *scalars, int64_t count, const int64_t *dims, bool keepdim, aj_tensor **results) {
    space s;
    folding f;
    aj_tensor *accumulators[AJ_MAX_RESULTS];
    if (count < 0 && !keepdim) return aj_reduce_all(self, fold, r, inputs, scalars, results);
    int32_t status = aj_kernel_check(self, &r->kernel, inputs);
    if (status) return status;
    status = make_space(self, &r->kernel, inputs, count, dims, keepdim, &s);
    if (status) return status;
    if (s.folded == 0 && s.results > 0 && r->never_empty) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "a maximum or minimum over no elements has no value");
    }
    f.s = &s;
    f.r = r;
    f.scalars = scalars;
    f.parts = 1;
    f.fault = 0;
    bool work = s.folded > 0 && s.results > 0;
    if (work) {
        choose_mode(&f, fold, columns, inputs);
        cut(&f);
    }
    status = make_results(self, &f, results, accumulators);
    for (int32_t j = 0; !status && j < r->results; j++) {
        f.width[j] = aj_dtype_bytes(r->accumulator_dtypes[j]);
        f.accumulators[j] = (char *)accumulators[j]->data;
    }
    if (!status && work) {
        run_folding(self, &f);
        merge_parts(&f);
        if (f.fault) status = aj_fail(self, AJ_ZERO_DIVISION, "integer division or modulo by zero");
    }
    for (int32_t j = 0; j < r->results; j++) {
        if (accumulators[j] && accumulators[j] != results[j]) {
            const aj_tensor *t = results[j];
            if (!status) {
                aj_strided_copy(t->ndim, t->sizes, t->data, t->dtype, t->strides, accumulators[j]->data,
                                accumulators[j]->dtype, t->strides);
            }
            aj_release(self, &accumulators[j]->head);
        }
        if (status && results[j]) aj_release(self, &results[j]->head);
    }
    return status;
}

int32_t aj_reduce_list(aj_instance *self, aj_fold fold, aj_fold columns, const aj_reduction *r,
                       aj_tensor *const *inputs, const aj_word *scalars, const aj_list *dims, bool keepdim,
                       aj_tensor **results) {
    int64_t count = dims->length ? dims->length : -1;
    return aj_reduce(self, fold, columns, r, inputs, scalars, count, (const int64_t *)(const void *)dims->data, keepdim,
                     results);
}
