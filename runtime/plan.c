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

#define COPY_ELEMENTS(T, TO, FROM)                                       \
    for (int64_t i = 0; i < count; i++) {                                \
        T element;                                                       \
        __builtin_memcpy(&element, FROM, sizeof element);                \
        __builtin_memcpy(TO, &element, sizeof element);                  \
    }

/* `count` copies of one element: what is filled is doubled. */
static void repeat(char *to, const char *from, int64_t count, int64_t bytes) {
    int64_t all = count * bytes, filled = bytes;
    memcpy(to, from, (size_t)bytes);
    for (; filled < all; filled *= 2) memcpy(to + filled, to, (size_t)(filled < all - filled ? filled : all - filled));
}

OUT_OF_LINE void aj_plan_gather(char *to, const char *from, int64_t stride, int64_t count, int64_t bytes) {
    if (stride == bytes) {
        memcpy(to, from, (size_t)(count * bytes));
    } else if (stride == 0) {
        if (count > 0) repeat(to, from, count, bytes);
    } else if (bytes == 4) {
        COPY_ELEMENTS(uint32_t, to + i * 4, from + i * stride)
    } else if (bytes == 8) {
        COPY_ELEMENTS(uint64_t, to + i * 8, from + i * stride)
    } else if (bytes == 1) {
        COPY_ELEMENTS(uint8_t, to + i, from + i * stride)
    } else {
        COPY_ELEMENTS(uint16_t, to + i * 2, from + i * stride)
    }
}

OUT_OF_LINE void aj_plan_scatter(char *to, const char *from, int64_t stride, int64_t count, int64_t bytes) {
    if (stride == bytes) {
        memcpy(to, from, (size_t)(count * bytes));
    } else if (bytes == 4) {
        COPY_ELEMENTS(uint32_t, to + i * stride, from + i * 4)
    } else if (bytes == 8) {
        COPY_ELEMENTS(uint64_t, to + i * stride, from + i * 8)
    } else if (bytes == 1) {
        COPY_ELEMENTS(uint8_t, to + i * stride, from + i)
    } else {
        COPY_ELEMENTS(uint16_t, to + i * stride, from + i * 2)
    }
}

/* Elements [at, at + count) of operand k in row-major order, to or from a contiguous buffer. */
static OUT_OF_LINE void copy_linear(const aj_walk *walk, int32_t k, int64_t at, int64_t count, char *buffer,
                                    bool scatter) {
    const aj_plan *plan = &walk->plan;
    const int64_t *strides = plan->strides[k];
    int64_t index[AJ_MAX_RANK] = {0}, bytes = walk->bytes[k];
    int32_t inner = plan->ndim - 1;
    char *row = walk->base[k]; /* element 0 of the current row */
    for (int32_t d = inner; d >= 0; d--) {
        index[d] = at % plan->sizes[d];
        at /= plan->sizes[d];
        if (d < inner) row += index[d] * strides[d];
    }
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
}

/* Which operands can be read where they are, and which have one value for all elements. */
typedef struct layout {
    uint32_t direct, constant;
    int64_t block; /* elements of each buffer */
    char *buffers[AJ_MAX_OPERANDS]; /* of the operands that are not direct */
} layout;

/* Rows of the innermost dim, in place where possible. */
static OUT_OF_LINE int32_t walk_rows(const aj_walk *walk, const layout *how, int64_t begin, int64_t end) {
    const aj_plan *plan = &walk->plan;
    const aj_kernel *kernel = walk->kernel;
    int32_t inner = plan->ndim - 1, status = 0;
    uint32_t all = (1u << plan->operands) - 1u;
    int64_t size = plan->sizes[inner];
    while (begin < end) {
        int64_t at = begin % size, row = begin / size, count = size - at;
        if (count > end - begin) count = end - begin;
        char *first[AJ_MAX_OPERANDS];
        for (int32_t k = 0; k < plan->operands; k++) first[k] = walk->base[k] + at * plan->strides[k][inner];
        for (int32_t d = inner - 1; d >= 0; d--) {
            int64_t index = row % plan->sizes[d];
            row /= plan->sizes[d];
            for (int32_t k = 0; k < plan->operands; k++) first[k] += index * plan->strides[k][d];
        }
        if (how->direct == all) {
            status |= aj_map_contiguous(kernel, walk->run, walk->scalars, first, count);
            begin += count;
            continue;
        }
        for (int64_t done = 0; done < count; done += how->block) {
            int64_t part = count - done < how->block ? count - done : how->block;
            char *pointers[AJ_MAX_OPERANDS];
            for (int32_t k = 0; k < plan->operands; k++) {
                int64_t stride = plan->strides[k][inner], bytes = walk->bytes[k];
                char *from = first[k] + done * stride;
                bool direct = how->direct >> k & 1;
                pointers[k] = direct ? from : how->buffers[k];
                if (direct || k >= kernel->inputs || how->constant >> k & 1 || (stride == 0 && done != 0)) continue;
                aj_plan_gather(how->buffers[k], from, stride, stride == 0 && count > part ? how->block : part, bytes);
            }
            status |= aj_map_contiguous(kernel, walk->run, walk->scalars, pointers, part);
            for (int32_t k = kernel->inputs; k < plan->operands; k++) {
                int64_t stride = plan->strides[k][inner];
                if (!(how->direct >> k & 1)) {
                    aj_plan_scatter(first[k] + done * stride, how->buffers[k], stride, part, walk->bytes[k]);
                }
            }
        }
        begin += count;
    }
    return status;
}

/* Blocks of the row-major sequence of all elements, across rows that are short. */
static OUT_OF_LINE int32_t walk_blocks(const aj_walk *walk, const layout *how, int64_t begin, int64_t end) {
    const aj_kernel *kernel = walk->kernel;
    int32_t operands = walk->plan.operands, status = 0;
    for (; begin < end; begin += how->block) {
        int64_t count = end - begin < how->block ? end - begin : how->block;
        char *pointers[AJ_MAX_OPERANDS];
        for (int32_t k = 0; k < operands; k++) {
            bool direct = how->direct >> k & 1;
            pointers[k] = direct ? walk->base[k] + begin * walk->bytes[k] : how->buffers[k];
            if (direct || k >= kernel->inputs || how->constant >> k & 1) continue;
            copy_linear(walk, k, begin, count, how->buffers[k], false);
        }
        status |= aj_map_contiguous(kernel, walk->run, walk->scalars, pointers, count);
        for (int32_t k = kernel->inputs; k < operands; k++) {
            if (!(how->direct >> k & 1)) copy_linear(walk, k, begin, count, how->buffers[k], true);
        }
    }
    return status;
}

/* Which operands are read in place, and buffers from `memory` for the others. */
static void choose_layout(const aj_walk *walk, bool rows, int64_t count, layout *how, char *memory, int64_t bytes) {
    const aj_plan *plan = &walk->plan;
    int32_t inner = plan->ndim - 1;
    int64_t indirect = 0;
    how->direct = how->constant = 0;
    for (int32_t k = 0; k < plan->operands; k++) {
        bool linear = true, constant = true;
        int64_t expected = walk->bytes[k];
        for (int32_t d = inner; d >= 0; d--) {
            linear &= plan->strides[k][d] == expected;
            constant &= plan->strides[k][d] == 0;
            expected *= plan->sizes[d];
        }
        bool direct = rows ? plan->strides[k][inner] == walk->bytes[k] : linear;
        how->direct |= (uint32_t)direct << k;
        how->constant |= (uint32_t)(constant && !direct) << k;
        indirect += !direct;
    }
    how->block = AJ_MOST_BLOCK;
    if (indirect * how->block * 8 > bytes) how->block = AJ_BLOCK;
    if (count > how->block) count = how->block;
    for (int32_t k = 0; k < plan->operands; k++) {
        if (how->direct >> k & 1) continue;
        how->buffers[k] = memory;
        memory += how->block * 8;
        if (how->constant >> k & 1 && k < walk->kernel->inputs)
            aj_plan_gather(how->buffers[k], walk->base[k], 0, count, walk->bytes[k]);
    }
}

OUT_OF_LINE int32_t aj_walk_range(const aj_walk *walk, int64_t begin, int64_t end) {
    _Alignas(64) char memory[AJ_MAX_OPERANDS * AJ_BLOCK * 8];
    const aj_plan *plan = &walk->plan;
    bool rows = plan->ndim == 1 || plan->sizes[plan->ndim - 1] >= 64;
    layout how;
    choose_layout(walk, rows, end - begin, &how, memory, (int64_t)sizeof memory);
    return rows ? walk_rows(walk, &how, begin, end) : walk_blocks(walk, &how, begin, end);
}

int32_t aj_kernel_check(aj_instance *self, const aj_kernel *kernel, aj_tensor *const *inputs) {
    for (int32_t i = 0; i < kernel->inputs; i++) {
        if (__builtin_expect(inputs[i]->dtype != kernel->dtypes[i], 0)) {
            return aj_fail(self, AJ_TYPE_ERROR, "the code was compiled for a tensor of %s, got %s",
                           aj_dtype_name(kernel->dtypes[i]), aj_dtype_name(inputs[i]->dtype));
        }
    }
    return AJ_OK;
}
