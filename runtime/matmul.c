/* C = epilogue(A B): shapes, batches, threads, and the choice between tiles and strips. */
#include "matmul.h"

#include "arena.h"
#include "gemm.h"
#include "instance.h"
#include "libc.h"
#include "operators.h"
#include "tensor.h"

/* Multiplications below this number are not worth a second thread. */
static const int64_t parallel_threshold = 1 << 21;

static aj_matrix matrix_of(const aj_tensor *t) {
    int64_t bytes = aj_dtype_bytes(t->dtype);
    int32_t d = t->ndim - 2;
    aj_matrix m = {(char *)t->data, t->strides[d] * bytes, t->strides[d + 1] * bytes};
    return m;
}

static int32_t check_shapes(aj_instance *self, const aj_tensor *a, const aj_tensor *b, int64_t *sizes) {
    if (a->ndim != b->ndim || a->ndim < 2 || a->ndim > 3) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "a matrix product of tensors with %d and %d dimensions", (int)a->ndim,
                       (int)b->ndim);
    }
    int32_t d = a->ndim - 2;
    if (a->sizes[d + 1] != b->sizes[d]) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "mat1 and mat2 shapes cannot be multiplied (%lldx%lld and %lldx%lld)",
                       (long long)a->sizes[d], (long long)a->sizes[d + 1], (long long)b->sizes[d],
                       (long long)b->sizes[d + 1]);
    }
    if (a->ndim == 3) {
        int64_t left = a->sizes[0], right = b->sizes[0];
        if (left != right && left != 1 && right != 1) {
            return aj_fail(self, AJ_RUNTIME_ERROR, "a batch of %lld matrices cannot be multiplied with one of %lld",
                           (long long)left, (long long)right);
        }
        sizes[0] = left == 1 ? right : left;
    }
    sizes[d] = a->sizes[d];
    sizes[d + 1] = b->sizes[d + 1];
    return AJ_OK;
}

/* The walk of the epilogue: the product is its first input and its output. */
OUT_OF_LINE int32_t aj_epilogue_walk(aj_instance *self, aj_walk *walk, aj_map run, const aj_kernel *kernel,
                                         aj_tensor *c, aj_tensor *const *extras, const aj_word *scalars) {
    int64_t strides[AJ_MAX_RANK];
    walk->kernel = kernel;
    walk->run = run;
    walk->scalars = scalars;
    walk->plan.ndim = c->ndim;
    walk->plan.operands = kernel->inputs + 1;
    walk->count = c->numel;
    for (int32_t d = 0; d < c->ndim; d++) walk->plan.sizes[d] = c->sizes[d];
    for (int32_t k = 0; k <= kernel->inputs; k++) {
        const aj_tensor *t = k == 0 || k == kernel->inputs ? c : extras[k - 1];
        int32_t status = aj_operand_check(self, kernel, k, t);
        if (!status && t != c) status = aj_broadcast_strides(self, t, c->ndim, c->sizes, strides);
        if (status) return status;
        walk->base[k] = (char *)t->data;
        walk->bytes[k] = aj_dtype_bytes(t->dtype);
        aj_plan_operand(&walk->plan, k, t);
    }
    aj_plan_coalesce(&walk->plan);
    return AJ_OK;
}

/* The products of a batch, and how they are cut up for threads. */
typedef struct products {
    aj_product first;
    int64_t count, step_a, step_b, step_c;            /* bytes from one to the next             */
    int64_t row_parts, column_parts, rows, columns;   /* of one product; rows and columns of a part */
    int64_t chunks;                                   /* each works on an equal share of all parts   */
    char *scratch;                                    /* scratch_bytes for each chunk           */
    size_t scratch_bytes;
    int32_t fault;
} products;

static int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

/* In `room`; one product in one part is there already, and small ones have no time for a copy. */
static aj_product *part_of(products *all, int64_t index, aj_product *room) {
    int64_t parts = all->row_parts * all->column_parts;
    if (all->count * parts == 1) return &all->first;
    int64_t which = index / parts;
    *room = all->first;
    room->a.data += which * all->step_a;
    room->b.data += which * all->step_b;
    room->c += which * all->step_c;
    room->first += which * room->m * room->n;
    room->row_begin = index % parts / all->column_parts * all->rows;
    room->column_begin = index % all->column_parts * all->columns;
    room->row_end = room->row_begin + all->rows < room->m ? room->row_begin + all->rows : room->m;
    room->column_end = room->column_begin + all->columns < room->n ? room->column_begin + all->columns : room->n;
    return room;
}

static void run_chunks(void *context, int64_t first, int64_t last) {
    products *all = (products *)context;
    int64_t total = all->count * all->row_parts * all->column_parts;
    for (int64_t chunk = first; chunk < last; chunk++) {
        int64_t end = (chunk + 1) * total / all->chunks;
        for (int64_t i = chunk * total / all->chunks; i < end; i++) {
            aj_product room, *part = part_of(all, i, &room);
            part->scratch = all->scratch + (size_t)chunk * all->scratch_bytes;
            if (part->row_begin < part->row_end && part->column_begin < part->column_end && aj_gemm(part))
                __atomic_store_n(&all->fault, 1, __ATOMIC_RELAXED);
        }
    }
}

/* Parts for the instance's threads, where the products are worth it: whole products, else blocks of columns, since then
 * no two threads copy the same part of B; blocks of rows where the columns are few. */
static void cut_up(products *all, int64_t threads) {
    aj_product *p = &all->first;
    all->row_parts = all->column_parts = all->chunks = 1;
    p->row_end = all->rows = p->m;
    p->column_end = all->columns = p->n;
    if (threads < 2 || p->m * p->n * p->k < parallel_threshold / all->count) return;
    int64_t parts = divide_up(threads, all->count), width = AJ_PANEL_BYTES / p->bytes;
    int64_t rows = p->tiles->packed.rows, panels = divide_up(p->n, width);
    if (parts > 1) {
        all->column_parts = panels < 2 * parts ? (panels < 2 ? 1 : panels / 2) : parts;
        all->columns = divide_up(panels, all->column_parts) * width;
        all->column_parts = divide_up(p->n, all->columns);
        all->rows = divide_up(divide_up(p->m, rows), divide_up(parts, all->column_parts)) * rows;
        all->row_parts = divide_up(p->m, all->rows);
    }
    int64_t total = all->count * all->row_parts * all->column_parts;
    all->chunks = total < threads ? total : threads;
}

static OUT_OF_LINE int32_t run_products(aj_instance *self, products *all) {
    cut_up(all, self->threads);
    for (int64_t i = 0; i < all->row_parts * all->column_parts; i++) {
        aj_product room;
        size_t needed = (aj_gemm_scratch(part_of(all, i, &room)) + AJ_ALIGNMENT - 1) / AJ_ALIGNMENT * AJ_ALIGNMENT;
        if (needed > all->scratch_bytes) all->scratch_bytes = needed;
    }
    size_t bytes = all->scratch_bytes * (size_t)all->chunks;
    if (bytes) {
        all->scratch = (char *)aj_arena_alloc(self, bytes);
        if (!all->scratch) return AJ_MEMORY_ERROR;
    }
    if (all->chunks > 1) {
        aj_parallel_for(self, all->chunks, 1, run_chunks, all);
    } else {
        run_chunks(all, 0, 1);
    }
    if (bytes) aj_arena_free(self, all->scratch, bytes);
    return all->fault ? aj_fail(self, AJ_ZERO_DIVISION, "integer division or modulo by zero") : AJ_OK;
}

/* C^T = B^T A^T where C has few columns: then they are the rows that read A once. */
static void swap_operands(aj_product *p) {
    aj_matrix a = {p->b.data, p->b.step, p->panels ? AJ_PANEL_BYTES : p->b.row};
    if (p->panels) a.row = p->bytes;
    p->b = (aj_matrix){p->a.data, p->a.step, p->a.row};
    p->a = a;
    p->panels = false;
    int64_t m = p->m;
    p->m = p->n;
    p->n = m;
    p->step_c = p->row_c;
    p->row_c = p->bytes;
    p->swapped = true;
}

/* Products that scalar products of contiguous rows and columns compute best. */
static void choose_dots(aj_product *p) {
    enum { FEW_COLUMNS = 4 };
    if (p->m > p->n && (p->n == 1 || (p->n <= FEW_COLUMNS && p->a.step == p->bytes && p->k >= p->tiles->lanes)))
        swap_operands(p);
    p->dots = !p->panels && p->b.row == p->bytes && p->k >= p->tiles->lanes && p->m <= p->tiles->dot_rows &&
              (p->b.step != p->bytes || p->step_c != p->bytes);
}

static int32_t run_tiles(aj_instance *self, const aj_tiles *tiles, const aj_tensor *a, const aj_tensor *b, bool panels,
                         const aj_walk *walk, aj_tensor *c) {
    int32_t d = c->ndim - 2;
    int64_t bytes = aj_dtype_bytes(c->dtype);
    products all = {.count = d ? c->sizes[0] : 1};
    if (d) {
        all.step_a = a->sizes[0] == 1 ? 0 : a->strides[0] * bytes;
        all.step_b = b->sizes[0] == 1 ? 0 : b->strides[0] * bytes;
        all.step_c = c->strides[0] * bytes;
    }
    aj_product *p = &all.first;
    p->tiles = tiles;
    p->bytes = bytes;
    p->m = c->sizes[d];
    p->n = c->sizes[d + 1];
    p->k = a->sizes[d + 1];
    p->a = matrix_of(a);
    p->b = matrix_of(b);
    p->panels = panels;
    p->c = (char *)c->data;
    p->row_c = c->strides[d] * bytes;
    p->step_c = bytes;
    p->epilogue = walk;
    choose_dots(p);
    if (p->swapped) {
        int64_t step = all.step_a;
        all.step_a = all.step_b;
        all.step_b = step;
    }
    return run_products(self, &all);
}

/* Sums of no elements. */
static int32_t fill_zeros(aj_instance *self, const aj_tensor *a, aj_tensor *c, const aj_walk *walk) {
    if (a->sizes[a->ndim - 1] > 0) {
        return aj_fail(self, AJ_NOT_IMPLEMENTED, "a matrix product of %s is not supported", aj_dtype_name(c->dtype));
    }
    memset(c->data, 0, (size_t)(c->numel * aj_dtype_bytes(c->dtype)));
    if (walk && aj_walk_range(walk, 0, walk->count))
        return aj_fail(self, AJ_ZERO_DIVISION, "integer division or modulo by zero");
    return AJ_OK;
}

int32_t aj_matmul(aj_instance *self, const aj_tiles *tiles, aj_map epilogue, const aj_kernel *kernel, aj_tensor *a,
                  aj_tensor *b, bool panels, aj_tensor *const *extras, const aj_word *scalars, aj_tensor **out) {
    int64_t sizes[3];
    aj_walk walk;
    if (a->dtype != b->dtype) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "expected m1 and m2 to have the same dtype, but got: %s != %s",
                       aj_dtype_name(a->dtype), aj_dtype_name(b->dtype));
    }
    int32_t status = check_shapes(self, a, b, sizes);
    if (!status) status = aj_tensor_new(self, a->dtype, a->ndim, sizes, out);
    if (status) return status;
    aj_tensor *c = *out;
    if (epilogue) status = aj_epilogue_walk(self, &walk, epilogue, kernel, c, extras, scalars);
    if (!status && c->numel > 0) {
        const aj_walk *finish = epilogue ? &walk : NULL;
        bool sums = tiles && a->sizes[a->ndim - 1] > 0;
        status = sums ? run_tiles(self, tiles, a, b, panels, finish, c) : fill_zeros(self, a, c, finish);
    }
    if (status) aj_release(self, &c->head);
    return status;
}
