/* Strided iteration for generated kernels. */
#include "plan.h"

#include "libc.h"

void aj_plan_operand(aj_plan *plan, int32_t operand, const aj_tensor *t) {
    int64_t bytes = aj_dtype_bytes(t->dtype);
    int32_t lead = plan->ndim - t->ndim;
    for (int32_t d = 0; d < plan->ndim; d++) {
        bool broadcast = d < lead || t->sizes[d - lead] == 1;
        plan->strides[operand][d] = broadcast ? 0 : t->strides[d - lead] * bytes;
    }
}

void aj_plan_coalesce(aj_plan *plan) {
    int32_t last = -1; /* the last dim kept */
    for (int32_t d = 0; d < plan->ndim; d++) {
        int64_t size = plan->sizes[d];
        if (size == 1) continue;
        bool joins = last >= 0;
        for (int32_t k = 0; joins && k < plan->operands; k++)
            joins = plan->strides[k][last] == plan->strides[k][d] * size;
        if (joins) {
            plan->sizes[last] *= size;
        } else {
            plan->sizes[++last] = size;
        }
        for (int32_t k = 0; k < plan->operands; k++) plan->strides[k][last] = plan->strides[k][d];
    }
    if (last < 0) {
        last = 0;
        plan->sizes[0] = 1;
        for (int32_t k = 0; k < plan->operands; k++) plan->strides[k][0] = 0;
    }
    plan->ndim = last + 1;
}

/* Elements [at, at + count) of operand k in row-major order, to or from a contiguous buffer. */
static OUT_OF_LINE void copy_linear(const aj_walk *walk, int32_t k, int64_t at, int64_t count, char *buffer,
                                    bool scatter) {
    const aj_plan *plan = &walk->plan;
    const int64_t *strides = plan->strides[k];
    int64_t index[AJ_MAX_RANK], bytes = walk->bytes[k], all = count, space = 1, period = 1;
    int32_t inner = plan->ndim - 1;
    char *row = walk->base[k], *whole = buffer; /* `row`: element 0 of the current row */
    for (int32_t d = inner; d >= 0; d--) {
        index[d] = at % plan->sizes[d];
        at /= plan->sizes[d];
        if (d < inner) row += index[d] * strides[d];
        space *= plan->sizes[d];
        if (strides[d]) period = space; /* further out it is repeated */
    }
    if (count > period) count = period;
    int64_t from = index[inner];
    while (count > 0) {
        int64_t run = plan->sizes[inner] - from;
        if (run > count) run = count;
        char *first = row + from * strides[inner];
        if (scatter) {
            aj_plan_scatter(first, buffer, strides[inner], run, bytes);
        } else {
            aj_plan_gather(buffer, first, strides[inner], run, bytes);
        }
        buffer += run * bytes;
        count -= run;
        from = 0;
        for (int32_t d = inner - 1; d >= 0; d--) {
            row += strides[d];
            if (++index[d] < plan->sizes[d]) break;
            row -= strides[d] * plan->sizes[d];
            index[d] = 0;
        }
    }
    aj_plan_repeat(whole, period * bytes, all * bytes);
}

/* Buffers of the operands that are not read in place. */
typedef struct buffers {
    _Alignas(64) char bytes[AJ_BUFFER_BYTES];
} buffers;

/* How the rows of the innermost dim are walked: in place, through buffers, or with one element a row. */
typedef struct span {
    uint64_t splats, strided;
    bool in_place;                /* an output has the memory of an input      */
    int64_t row[AJ_MAX_OPERANDS]; /* bytes from one row to the next            */
} span;

static void span_build(const aj_walk *walk, span *s) {
    const aj_plan *plan = &walk->plan;
    int32_t inner = plan->ndim - 1, inputs = walk->kernel->inputs;
    s->splats = s->strided = 0;
    s->in_place = false;
    for (int32_t k = 0; k < plan->operands; k++) {
        int64_t stride = plan->strides[k][inner];
        s->row[k] = inner > 0 ? plan->strides[k][inner - 1] : 0;
        if (stride == walk->bytes[k]) {
            for (int32_t i = 0; k >= inputs && i < inputs; i++) s->in_place |= walk->base[i] == walk->base[k];
        } else if (stride == 0 && k < inputs) {
            s->splats |= (uint64_t)1 << k;
        } else {
            s->strided |= (uint64_t)1 << k;
        }
    }
}

/* Rows whose operands are in place or splats. */
static int32_t run_span(const aj_walk *walk, const span *s, char *const *first, int64_t count, int64_t rows) {
    const aj_kernel *kernel = walk->kernel;
    int64_t whole = count & -(int64_t)kernel->lanes;
    if (whole == count || (whole ? !s->in_place : kernel->short_rows))
        return walk->run((void *const *)first, count, walk->scalars, rows, s->row, s->splats);
    int32_t status = 0;
    if (whole) status = walk->run((void *const *)first, whole, walk->scalars, rows, s->row, s->splats);
    char *at[AJ_MAX_OPERANDS];
    for (int32_t k = 0; k < walk->plan.operands; k++)
        at[k] = first[k] + (s->splats >> k & 1 ? 0 : whole * walk->bytes[k]);
    for (int64_t r = 0; r < rows; r++) {
        status |= aj_map_rest(kernel, walk->run, walk->scalars, at, s->splats, count - whole);
        for (int32_t k = 0; k < walk->plan.operands; k++) at[k] += s->row[k];
    }
    return status;
}

/* Rows with strided operands: tiles of them go through buffers, several rows deep where the operand is transposed. */
static OUT_OF_LINE int32_t run_tiles(const aj_walk *walk, const span *s, char *const *first, int64_t count,
                                     int64_t rows) {
    buffers memory;
    int32_t operands = walk->plan.operands, inner = walk->plan.ndim - 1, inputs = walk->kernel->inputs, status = 0;
    int64_t deep = 1, bytes = 1, each = AJ_BUFFER_BYTES / __builtin_popcountll(s->strided) & -64;
    for (int32_t k = 0; k < operands; k++) {
        if (!(s->strided >> k & 1)) continue;
        if (s->row[k] == walk->bytes[k]) deep = AJ_TILE_ROWS;
        if (walk->bytes[k] > bytes) bytes = walk->bytes[k];
    }
    /* Rows start a cache line apart from where they would fall on the same sets. */
    int64_t wide = (each / bytes / deep - 16) & -64;
    if (wide > AJ_MOST_BLOCK) wide = AJ_MOST_BLOCK;
    if (wide < 64) wide = 64, deep = each / bytes / (wide + 16);
    span tile = *s;
    for (int32_t k = 0; k < operands; k++)
        if (s->strided >> k & 1) tile.row[k] = (wide + 16) * walk->bytes[k];
    for (int64_t r = 0; r < rows; r += deep) {
        int64_t height = rows - r < deep ? rows - r : deep;
        for (int64_t c = 0; c < count; c += wide) {
            int64_t width = count - c < wide ? count - c : wide;
            char *at[AJ_MAX_OPERANDS], *from[AJ_MAX_OPERANDS], *buffer = memory.bytes;
            for (int32_t k = 0; k < operands; k++) {
                from[k] = at[k] = first[k] + r * s->row[k] + c * walk->plan.strides[k][inner];
                if (!(s->strided >> k & 1)) continue;
                at[k] = buffer;
                buffer += each;
                if (k >= inputs) continue;
                aj_rectangle t = {from[k], at[k], s->row[k], walk->plan.strides[k][inner], tile.row[k]};
                aj_rectangle_gather(&t, height, width, walk->bytes[k]);
            }
            status |= run_span(walk, &tile, at, width, height);
            for (int32_t k = inputs; k < operands; k++) {
                if (!(s->strided >> k & 1)) continue;
                aj_rectangle t = {from[k], at[k], s->row[k], walk->plan.strides[k][inner], tile.row[k]};
                aj_rectangle_scatter(&t, height, width, walk->bytes[k]);
            }
        }
    }
    return status;
}

/* Rows of the innermost dim, as many at a time as follow one another along the dim before it. */
static int32_t walk_rows(const aj_walk *walk, int64_t begin, int64_t end) {
    const aj_plan *plan = &walk->plan;
    int32_t inner = plan->ndim - 1, status = 0;
    int64_t size = plan->sizes[inner], column = begin % size, row = begin / size, index[AJ_MAX_RANK];
    char *first[AJ_MAX_OPERANDS]; /* of the current row */
    span s;
    span_build(walk, &s);
    for (int32_t k = 0; k < plan->operands; k++) first[k] = walk->base[k];
    for (int32_t d = inner - 1; d >= 0; d--) {
        index[d] = row % plan->sizes[d];
        row /= plan->sizes[d];
        for (int32_t k = 0; k < plan->operands; k++) first[k] += index[d] * plan->strides[k][d];
    }
    while (begin < end) {
        int64_t count = size - column, rows = 1;
        if (count > end - begin) count = end - begin;
        if (column == 0 && inner > 0 && end - begin >= size) {
            rows = plan->sizes[inner - 1] - index[inner - 1];
            if (rows > (end - begin) / size) rows = (end - begin) / size;
        }
        char *at[AJ_MAX_OPERANDS];
        for (int32_t k = 0; k < plan->operands; k++) at[k] = first[k] + column * plan->strides[k][inner];
        status |= s.strided ? run_tiles(walk, &s, at, count, rows) : run_span(walk, &s, at, count, rows);
        begin += rows * count;
        column = 0;
        for (int32_t d = inner - 1; d >= 0; d--) {
            int64_t steps = d == inner - 1 ? rows : 1;
            for (int32_t k = 0; k < plan->operands; k++) first[k] += steps * plan->strides[k][d];
            if ((index[d] += steps) < plan->sizes[d]) break;
            for (int32_t k = 0; k < plan->operands; k++) first[k] -= plan->strides[k][d] * plan->sizes[d];
            index[d] = 0;
        }
    }
    return status;
}

/* Is the operand one row-major run? */
static bool is_linear(const aj_walk *walk, int32_t k) {
    int64_t expected = walk->bytes[k];
    for (int32_t d = walk->plan.ndim - 1; d >= 0; d--) {
        if (walk->plan.strides[k][d] != expected) return false;
        expected *= walk->plan.sizes[d];
    }
    return true;
}

/* Blocks of the row-major sequence of all elements, across rows that are short. */
static OUT_OF_LINE int32_t walk_blocks(const aj_walk *walk, int64_t begin, int64_t end) {
    buffers memory;
    const aj_kernel *kernel = walk->kernel;
    int32_t operands = walk->plan.operands, status = 0;
    uint64_t linear = 0;
    for (int32_t k = 0; k < operands; k++) linear |= (uint64_t)is_linear(walk, k) << k;
    int64_t block = (operands - __builtin_popcountll(linear) > 6 ? AJ_BLOCK : AJ_MOST_BLOCK) >> kernel->wide;
    for (; begin < end; begin += block) {
        int64_t count = end - begin < block ? end - begin : block;
        char *pointers[AJ_MAX_OPERANDS], *buffer = memory.bytes;
        for (int32_t k = 0; k < operands; k++) {
            pointers[k] = linear >> k & 1 ? walk->base[k] + begin * walk->bytes[k] : buffer;
            if (linear >> k & 1) continue;
            buffer += block * 8 << kernel->wide;
            if (k < kernel->inputs) copy_linear(walk, k, begin, count, pointers[k], false);
        }
        status |= aj_map_contiguous(kernel, walk->run, walk->scalars, pointers, count);
        for (int32_t k = kernel->inputs; k < operands; k++)
            if (!(linear >> k & 1)) copy_linear(walk, k, begin, count, pointers[k], true);
    }
    return status;
}

OUT_OF_LINE int32_t aj_walk_range(const aj_walk *walk, int64_t begin, int64_t end) {
    const aj_plan *plan = &walk->plan;
    bool rows = plan->ndim == 1 || plan->sizes[plan->ndim - 1] >= walk->kernel->lanes;
    return rows ? walk_rows(walk, begin, end) : walk_blocks(walk, begin, end);
}

OUT_OF_LINE int32_t aj_operand_check(aj_instance *self, const aj_kernel *kernel, int32_t operand, const aj_tensor *t) {
    if (t->dtype == kernel->dtypes[operand]) return AJ_OK;
    return aj_fail(self, AJ_TYPE_ERROR, "the code was compiled for a tensor of %s, got %s",
                   aj_dtype_name(kernel->dtypes[operand]), aj_dtype_name(t->dtype));
}

int32_t aj_kernel_check(aj_instance *self, const aj_kernel *kernel, aj_tensor *const *inputs) {
    for (int32_t i = 0; i < kernel->inputs; i++) /* no call where all is well */
        if (inputs[i]->dtype != kernel->dtypes[i]) return aj_operand_check(self, kernel, i, inputs[i]);
    return AJ_OK;
}
