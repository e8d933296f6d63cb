/* C = epilogue(A B): shapes, batches, threads, and the choice between tiles and strips. */
#include "matmul.h"

#include "gemm.h"
#include "instance.h"
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
        if (t->dtype != kernel->dtypes[k]) {
            return aj_fail(self, AJ_TYPE_ERROR, "the code was compiled for a tensor of %s, got %s",
                           aj_dtype_name(kernel->dtypes[k]), aj_dtype_name(t->dtype));
        }
        if (t != c) {
            int32_t status = aj_broadcast_strides(self, t, c->ndim, c->sizes, strides);
            if (status) return status;
        }
        walk->base[k] = (char *)t->data;
        walk->bytes[k] = aj_dtype_bytes(t->dtype);
        aj_plan_operand(&walk->plan, k, t);
    }
    aj_plan_coalesce(&walk->plan);
    return AJ_OK;
}

typedef struct shared_product {
    const aj_product *product;
    char *scratch; /* scratch_bytes for each chunk */
    size_t scratch_bytes;
    int64_t units, grain; /* a chunk is `grain` tiles of rows, or panels of columns */
    bool by_columns;
    int32_t fault;
} shared_product;

static void run_chunks(void *context, int64_t first, int64_t last) {
    shared_product *shared = (shared_product *)context;
    for (int64_t chunk = first; chunk < last; chunk++) {
        aj_product part = *shared->product;
        int64_t unit = shared->by_columns ? AJ_PANEL_BYTES / part.bytes : part.tiles->rows;
        int64_t size = shared->by_columns ? part.n : part.m;
        int64_t begin = chunk * shared->grain * unit, end = begin + shared->grain * unit;
        if (end > size) end = size;
        part.scratch = shared->scratch + (size_t)chunk * shared->scratch_bytes;
        *(shared->by_columns ? &part.column_begin : &part.row_begin) = begin;
        *(shared->by_columns ? &part.column_end : &part.row_end) = end;
        if (begin < end && aj_gemm(&part)) __atomic_store_n(&shared->fault, 1, __ATOMIC_RELAXED);
    }
}

/* One product of the batch, on several threads where that pays. */
static OUT_OF_LINE int32_t run_product(aj_instance *self, aj_product *product, int32_t *fault) {
    size_t scratch_bytes = aj_gemm_scratch(product);
    int64_t work = product->m * product->n * product->k;
    int64_t rows = product->tiles->rows, width = AJ_PANEL_BYTES / product->bytes;
    shared_product shared = {product, NULL, scratch_bytes, (product->m + rows - 1) / rows, 1, false, 0};
    int64_t chunks = 1;
    if (self->threads > 1 && work > parallel_threshold) {
        shared.by_columns = shared.units < 2 * self->threads;
        if (shared.by_columns) shared.units = (product->n + width - 1) / width;
        chunks = shared.units < self->threads ? shared.units : self->threads;
        shared.grain = (shared.units + chunks - 1) / chunks;
    }
    if (scratch_bytes) {
        shared.scratch = (char *)aj_arena_alloc(self, scratch_bytes * (size_t)chunks);
        if (!shared.scratch) return AJ_MEMORY_ERROR;
    }
    if (chunks > 1) {
        aj_parallel_for(self, chunks, 1, run_chunks, &shared);
        *fault |= shared.fault;
    } else {
        product->scratch = shared.scratch;
        *fault |= aj_gemm(product);
    }
    if (scratch_bytes) aj_arena_free(self, shared.scratch, scratch_bytes * (size_t)chunks);
    return AJ_OK;
}

/* B as panels: as it is when it was packed at compile time, in place when its rows are contiguous and few rows of A
 * share it, else packed now. `memory` is to be freed. */
static int32_t prepare_b(aj_instance *self, aj_product *product, aj_matrix b, bool packed, void **memory,
                         size_t *memory_bytes) {
    int64_t bytes = product->bytes, width = AJ_PANEL_BYTES / bytes;
    int64_t panels = (product->n + width - 1) / width;
    product->row_b = AJ_PANEL_BYTES;
    product->panel = product->k * AJ_PANEL_BYTES;
    if (packed) {
        product->b = b.data;
        return AJ_OK;
    }
    product->transposed = b.row == bytes && b.step != bytes && product->m <= AJ_STRIP_ROWS && product->a.step == bytes;
    if (product->transposed) {
        product->b = b.data;
        product->row_b = b.step;
        return AJ_OK;
    }
    bool in_place = b.step == bytes && product->m <= 16;
    int64_t first = in_place ? product->n / width : 0; /* panels that need no packing */
    if (in_place) {
        product->b = b.data;
        product->row_b = b.row;
        product->panel = AJ_PANEL_BYTES;
        product->tail_panel = first;
        if (first == panels) return AJ_OK;
    }
    *memory_bytes = (size_t)((panels - first) * product->k * AJ_PANEL_BYTES);
    if (*memory_bytes == 0) return AJ_OK;
    *memory = aj_arena_alloc(self, *memory_bytes);
    if (!*memory) return AJ_MEMORY_ERROR;
    aj_pack_b((char *)*memory, b, product->k, product->n, first, bytes);
    if (in_place) {
        product->tail = (const char *)*memory;
    } else {
        product->b = (const char *)*memory;
    }
    return AJ_OK;
}

static OUT_OF_LINE int32_t run_batches(aj_instance *self, aj_product *product, const aj_tensor *a,
                                       const aj_tensor *b, bool packed, aj_tensor *c) {
    aj_matrix left = matrix_of(a), right = matrix_of(b), result = matrix_of(c);
    int64_t batches = c->ndim == 3 ? c->sizes[0] : 1, bytes = product->bytes;
    int64_t step_a = c->ndim == 3 && a->sizes[0] != 1 ? a->strides[0] * bytes : 0;
    int64_t step_b = c->ndim == 3 && b->sizes[0] != 1 ? b->strides[0] * bytes : 0;
    int64_t step_c = c->ndim == 3 ? c->strides[0] * bytes : 0;
    void *memory = NULL;
    size_t memory_bytes = 0;
    int32_t status = AJ_OK, fault = 0;
    for (int64_t i = 0; i < batches && !status; i++) {
        product->a = left;
        if (i == 0 || step_b != 0) {
            if (memory) aj_arena_free(self, memory, memory_bytes);
            memory = NULL;
            status = prepare_b(self, product, right, packed, &memory, &memory_bytes);
            if (status) break;
        }
        product->c = result.data;
        product->first = i * product->m * product->n;
        status = run_product(self, product, &fault);
        left.data += step_a;
        right.data += step_b;
        result.data += step_c;
    }
    if (memory) aj_arena_free(self, memory, memory_bytes);
    if (!status && fault) return aj_fail(self, AJ_ZERO_DIVISION, "integer division or modulo by zero");
    return status;
}

/* Element types without tiles: f16 and bf16 go through f32, integers through plain loops. */
static int32_t run_without_tiles(aj_instance *self, const aj_tensor *a, const aj_tensor *b, aj_tensor *c) {
    aj_matrix left = matrix_of(a), right = matrix_of(b);
    int64_t batches = c->ndim == 3 ? c->sizes[0] : 1, bytes = aj_dtype_bytes(c->dtype);
    int32_t d = c->ndim - 2;
    if ((aj_dtype_is_floating(c->dtype) || aj_dtype_is_complex(c->dtype) || c->dtype == AJ_BOOL) &&
        a->sizes[d + 1] > 0) {
        return aj_fail(self, AJ_NOT_IMPLEMENTED, "a matrix product of %s is not supported", aj_dtype_name(c->dtype));
    }
    for (int64_t i = 0; i < batches; i++) {
        char *to = (char *)c->data + (d ? i * c->strides[0] * bytes : 0);
        aj_integer_product(left, right, to, c->sizes[d], c->sizes[d + 1], a->sizes[d + 1], bytes);
        if (d && a->sizes[0] != 1) left.data += a->strides[0] * bytes;
        if (d && b->sizes[0] != 1) right.data += b->strides[0] * bytes;
    }
    return AJ_OK;
}

/* `t` converted to f32. */
static int32_t widened(aj_instance *self, const aj_tensor *t, aj_tensor **out) {
    int32_t status = aj_tensor_new(self, AJ_F32, t->ndim, t->sizes, out);
    if (status) return status;
    aj_strided_copy(t->ndim, t->sizes, (*out)->data, AJ_F32, (*out)->strides, t->data, t->dtype, t->strides);
    return AJ_OK;
}

static int32_t run_narrow(aj_instance *self, const aj_tiles *tiles, aj_tensor *a, aj_tensor *b, aj_tensor *c) {
    aj_tensor *left = NULL, *right = NULL, *product = NULL;
    int32_t status = widened(self, a, &left);
    if (!status) status = widened(self, b, &right);
    if (!status) status = aj_matmul(self, tiles, NULL, NULL, left, right, false, NULL, NULL, &product);
    if (!status) {
        aj_strided_copy(c->ndim, c->sizes, c->data, c->dtype, c->strides, product->data, AJ_F32, product->strides);
    }
    if (left) aj_release(self, &left->head);
    if (right) aj_release(self, &right->head);
    if (product) aj_release(self, &product->head);
    return status;
}

static int32_t run_tiles(aj_instance *self, const aj_tiles *tiles, const aj_tensor *a, const aj_tensor *b, bool panels,
                         const aj_walk *walk, aj_tensor *c) {
    int32_t d = c->ndim - 2;
    aj_product product = {0};
    product.tiles = tiles;
    product.bytes = aj_dtype_bytes(c->dtype);
    product.m = c->sizes[d];
    product.n = c->sizes[d + 1];
    product.k = a->sizes[d + 1];
    product.row_end = product.m;
    product.column_end = product.n;
    product.tail_panel = INT64_MAX;
    product.row_c = c->strides[d] * product.bytes;
    product.epilogue = walk;
    return run_batches(self, &product, a, b, panels, c);
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
        bool narrow = c->dtype == AJ_F16 || c->dtype == AJ_BF16;
        bool tiled = c->dtype == AJ_F32 || c->dtype == AJ_F64;
        if (tiled && a->sizes[a->ndim - 1] > 0) {
            status = run_tiles(self, tiles, a, b, panels, epilogue ? &walk : NULL, c);
        } else {
            status = narrow ? run_narrow(self, tiles, a, b, c) : run_without_tiles(self, a, b, c);
            if (!status && epilogue && aj_walk_range(&walk, 0, walk.count)) {
                status = aj_fail(self, AJ_ZERO_DIVISION, "integer division or modulo by zero");
            }
        }
    }
    if (status) aj_release(self, &c->head);
    return status;
}
