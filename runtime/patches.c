/* Implicit matrix product: pixels of the result are rows of A, channels its columns. */
#include "convolution.h"
#include "arena.h"
#include "libc.h"
#include "operators.h"

enum {
    BLOCK_A_BYTES = 512 * 1024, /* a packed block of patches stays in L2 */
    BLOCK_C_BYTES = 512 * 1024,
    MOST_K = 1024,
    PADDED_BYTES = 16 * 1024,
    IMAGES_BYTES = 8 * 1024 * 1024, /* of padded images at a time */
    MAX_TILE_ROWS = 16,
};

/* A group's part of some images: pixels [0, count) of them are the rows of A. */
typedef struct patches {
    const aj_convolved *c;
    const char *image;    /* padded; its first channel of the group */
    int64_t image_step;   /* bytes from image to image              */
    const char *limit;    /* end of readable memory                 */
    const char *panels;   /* the group's weights                    */
    char *out;            /* the group's first channel              */
    int64_t out_step, first_out; /* elements from image to image; index of out[0] in the whole result */
    int64_t count;
    int64_t block, block_k; /* pixels and steps of a packed block   */
    char *scratch;
    size_t scratch_bytes;   /* of one chunk                         */
    int64_t rows_a_chunk, panels_a_chunk;
    int32_t fault;
} patches;

/* Pixels that are neighbours in the padded image too. */
typedef struct run {
    const char *from;
    int64_t at, count;
} run;

/* The runs of the pixels [first, first + count). */
static int32_t find_runs(const patches *p, int64_t first, int64_t count, run *runs) {
    const aj_convolved *c = p->c;
    int32_t found = 0;
    for (int64_t done = 0; done < count;) {
        int64_t image = (first + done) / c->pixels, pixel = (first + done) % c->pixels;
        int64_t x = pixel % c->out[2], row = pixel / c->out[2], left = c->out[2] - x;
        int64_t place = ((row / c->out[1]) * c->phase[1] + row % c->out[1]) * c->phase[2] + x;
        run *r = &runs[found];
        r->from = p->image + image * p->image_step + place * c->bytes;
        r->at = done;
        r->count = left < count - done ? left : count - done;
        done += r->count;
        if (found && runs[found - 1].from + runs[found - 1].count * c->bytes == r->from) {
            runs[found - 1].count += r->count;
        } else {
            found++;
        }
    }
    return found;
}

/* Copies `width` bytes for each run and step; what is copied beyond a run is overwritten by the next one. */
#define COPY_RUNS(WIDTH)                                                                              \
    static void copy_runs_##WIDTH(char *to, int64_t row, const run *runs, int32_t count, int64_t bytes, \
                                  const int64_t *offsets, int64_t steps) {                            \
        if (count == 1) {                                                                             \
            const char *from = runs[0].from;                                                          \
            for (int64_t k = 0; k < steps; k++, to += row) __builtin_memcpy(to, from + offsets[k], WIDTH); \
            return;                                                                                   \
        }                                                                                             \
        for (int64_t k = 0; k < steps; k++, to += row)                                                \
            for (int32_t r = 0; r < count; r++)                                                       \
                __builtin_memcpy(to + runs[r].at * bytes, runs[r].from + offsets[k], WIDTH);          \
    }

COPY_RUNS(32)
COPY_RUNS(64)
COPY_RUNS(128)

static void copy_runs_exactly(char *to, int64_t row, const run *runs, int32_t count, int64_t bytes,
                              const int64_t *offsets, int64_t steps) {
    for (int64_t k = 0; k < steps; k++, to += row)
        for (int32_t r = 0; r < count; r++)
            memcpy(to + runs[r].at * bytes, runs[r].from + offsets[k], (size_t)(runs[r].count * bytes));
}

/* Pixels [i0, i1), steps [k0, k0 + steps) as panels of [steps][rows]. */
static void pack_patches(const patches *p, char *to, int64_t i0, int64_t i1, int64_t k0, int64_t steps) {
    const aj_convolved *c = p->c;
    int64_t rows = c->tiles->packed.rows, row = rows * c->bytes, width = row <= 32 ? 32 : row <= 64 ? 64 : 128;
    const int64_t *offsets = c->offsets + k0;
    int64_t furthest = 0;
    for (int64_t k = 0; k < steps; k++) furthest = offsets[k] > furthest ? offsets[k] : furthest;
    for (int64_t i = i0; i < i1; i += rows, to += row * steps) {
        run runs[MAX_TILE_ROWS];
        int32_t count = find_runs(p, i, i1 - i < rows ? i1 - i : rows, runs);
        const char *end = runs[count - 1].from + furthest + width;
        for (int32_t r = 0; r < count; r++)
            if (runs[r].from + furthest + width > end) end = runs[r].from + furthest + width;
        if (end > p->limit) {
            copy_runs_exactly(to, row, runs, count, c->bytes, offsets, steps);
        } else if (width == 32) {
            copy_runs_32(to, row, runs, count, c->bytes, offsets, steps);
        } else if (width == 64) {
            copy_runs_64(to, row, runs, count, c->bytes, offsets, steps);
        } else {
            copy_runs_128(to, row, runs, count, c->bytes, offsets, steps);
        }
    }
}

typedef float lanes4 __attribute__((vector_size(16)));

static lanes4 load4(const float *from) {
    lanes4 v;
    __builtin_memcpy(&v, from, sizeof v);
    return v;
}

/* to[j][i] = from[i][j] for 4 x 4 elements. */
static void transpose_4x4(float *to, int64_t to_row, const float *from, int64_t from_row) {
    lanes4 a = load4(from), b = load4(from + from_row), c = load4(from + 2 * from_row), d = load4(from + 3 * from_row);
    lanes4 ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    lanes4 cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    lanes4 columns[4] = {
        __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5), __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7),
        __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5), __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7),
    };
    for (int32_t i = 0; i < 4; i++) __builtin_memcpy(to + i * to_row, &columns[i], 16);
}

#define TRANSPOSE(T)                                                                                             \
    /* to[j][i] = from[i][j]: `rows` x `columns` elements of `from`. */                                          \
    static void transpose_##T(T *to, int64_t to_row, const T *from, int64_t from_row, int64_t rows, int64_t columns) { \
        int64_t i = 0;                                                                                           \
        if (sizeof(T) == 4)                                                                                      \
            for (; i + 4 <= rows; i += 4) {                                                                      \
                int64_t j = 0;                                                                                   \
                for (; j + 4 <= columns; j += 4)                                                                 \
                    transpose_4x4((float *)(void *)(to + j * to_row + i), to_row,                                \
                                  (const float *)(const void *)(from + i * from_row + j), from_row);             \
                for (; j < columns; j++)                                                                         \
                    for (int64_t r = i; r < i + 4; r++) to[j * to_row + r] = from[r * from_row + j];             \
            }                                                                                                    \
        for (; i < rows; i++)                                                                                    \
            for (int64_t j = 0; j < columns; j++) to[j * to_row + i] = from[i * from_row + j];                   \
    }

TRANSPOSE(float)
TRANSPOSE(double)

/* The epilogue on `count` elements of each of the channels [first, last), from element `at` of the first one on. */
int32_t aj_finish_channels(const aj_convolved *c, int64_t at, int64_t count, int64_t first, int64_t last) {
    int32_t fault = 0;
    if (!c->epilogue) return 0;
    if (count == c->pixels) return aj_walk_range(c->epilogue, at + first * c->pixels, at + last * c->pixels);
    for (int64_t channel = first; channel < last; channel++)
        fault |= aj_walk_range(c->epilogue, at + channel * c->pixels, at + channel * c->pixels + count);
    return fault;
}

/* Channels [j0, j1) of the pixels [i0, i1) from the block `sums` ([pixels][row]) to the result, with its epilogue. */
static int32_t store_block(const patches *p, const char *sums, int64_t row, int64_t i0, int64_t i1, int64_t j0,
                           int64_t j1) {
    const aj_convolved *c = p->c;
    int32_t fault = 0;
    enum { AT_A_TIME = 16 };
    for (int64_t i = i0; i < i1;) {
        int64_t image = i / c->pixels, pixel = i % c->pixels, count = c->pixels - pixel;
        if (count > i1 - i) count = i1 - i;
        int64_t at = image * p->out_step + pixel;
        for (int64_t j = j0; j < j1; j += AT_A_TIME) {
            int64_t channels = j1 - j < AT_A_TIME ? j1 - j : AT_A_TIME;
            char *to = p->out + (at + j * c->pixels) * c->bytes;
            const char *from = sums + (i - i0) * row + (j - j0) * c->bytes;
            if (c->bytes == 4) {
                transpose_float((float *)(void *)to, c->pixels, (const float *)(const void *)from, row / 4, count,
                                channels);
            } else {
                transpose_double((double *)(void *)to, c->pixels, (const double *)(const void *)from, row / 8, count,
                                 channels);
            }
            fault |= aj_finish_channels(c, p->first_out + at, count, j, j + channels);
        }
        i += count;
    }
    return fault;
}

/* A packed block times the panels [first, last), to `sums`. */
static void multiply_block(const patches *p, const char *packed, int64_t pixels, int64_t k0, int64_t steps,
                           int64_t first, int64_t last, char *sums) {
    const aj_convolved *c = p->c;
    int64_t rows = c->tiles->packed.rows, row = (last - first) * AJ_PANEL_BYTES, distance = c->steps * AJ_PANEL_BYTES;
    for (int64_t panel = first; panel < last; panel++) {
        const char *b = p->panels + panel * distance + k0 * AJ_PANEL_BYTES, *a = packed;
        char *to = sums + (panel - first) * AJ_PANEL_BYTES;
        for (int64_t i = 0; i < pixels; i += rows, a += rows * steps * c->bytes, to += rows * row) {
            int64_t left = pixels - i;
            const aj_tile_of_rows *few = aj_tile_for(c->tiles, left);
            if (left <= few->rows) {
                few->run(steps, a, c->bytes, rows * c->bytes, b, AJ_PANEL_BYTES, 0, 1, to, row, left, k0 != 0);
            } else {
                c->tiles->packed.run(steps, a, c->bytes, rows * c->bytes, b, AJ_PANEL_BYTES, 0, 1, to, row, rows, k0 != 0);
            }
        }
    }
}

/* The pixels [begin, end) in the channels of the panels [first, last). */
static int32_t run_patches(const patches *p, int64_t begin, int64_t end, int64_t first, int64_t last, char *scratch) {
    const aj_convolved *c = p->c;
    int64_t width = AJ_PANEL_BYTES / c->bytes, row = (last - first) * AJ_PANEL_BYTES;
    int64_t channels = last * width < c->out_channels ? last * width : c->out_channels;
    char *sums = scratch + ((p->block * p->block_k * c->bytes + AJ_CONVOLUTION_SLACK + 63) & ~(int64_t)63);
    int32_t fault = 0;
    for (int64_t i0 = begin; i0 < end; i0 += p->block) {
        int64_t i1 = end - i0 < p->block ? end : i0 + p->block;
        for (int64_t k0 = 0; k0 < c->steps; k0 += p->block_k) {
            int64_t steps = c->steps - k0 < p->block_k ? c->steps - k0 : p->block_k;
            pack_patches(p, scratch, i0, i1, k0, steps);
            multiply_block(p, scratch, i1 - i0, k0, steps, first, last, sums);
        }
        fault |= store_block(p, sums, row, i0, i1, first * width, channels);
    }
    return fault;
}

static void run_chunk(void *context, int64_t first, int64_t last) {
    patches *p = (patches *)context;
    for (int64_t i = first; i < last; i++) {
        int64_t begin = i * p->rows_a_chunk, end = begin + p->rows_a_chunk;
        int64_t from = i * p->panels_a_chunk, to = from + p->panels_a_chunk, panels = p->c->panels;
        if (p->panels_a_chunk) {
            begin = 0;
            end = p->count;
        } else {
            from = 0;
            to = panels;
        }
        if (end > p->count) end = p->count;
        if (to > panels) to = panels;
        if (begin < end && from < to && run_patches(p, begin, end, from, to, p->scratch + (size_t)i * p->scratch_bytes))
            __atomic_store_n(&p->fault, 1, __ATOMIC_RELAXED);
    }
}

/* Blocks and threads of a group's product. Returns the number of chunks. */
static int64_t divide_patches(const aj_instance *self, patches *p) {
    const aj_convolved *c = p->c;
    int64_t rows = c->tiles->packed.rows, tiles = aj_ceil_div(p->count, rows), chunks = 1;
    p->rows_a_chunk = tiles * rows;
    p->panels_a_chunk = 0;
    if (self->threads > 1 && p->count * c->steps * c->out_channels > 1 << 19) {
        int64_t units = tiles >= 4 * self->threads || tiles >= c->panels ? tiles : c->panels;
        chunks = units < self->threads ? units : self->threads;
        if (units == tiles) {
            p->rows_a_chunk = aj_ceil_div(tiles, chunks) * rows;
        } else {
            p->panels_a_chunk = aj_ceil_div(units, chunks);
        }
    }
    int64_t parts = aj_ceil_div(c->steps, MOST_K), columns = (p->panels_a_chunk ? p->panels_a_chunk : c->panels);
    p->block_k = aj_ceil_div(c->steps, parts);
    p->block = BLOCK_A_BYTES / (p->block_k * c->bytes);
    int64_t limit = BLOCK_C_BYTES / (columns * AJ_PANEL_BYTES);
    int64_t most = p->panels_a_chunk ? tiles * rows : p->rows_a_chunk;
    if (p->block > limit) p->block = limit;
    p->block -= p->block % rows;
    if (p->block < 4 * rows) p->block = 4 * rows;
    if (p->block > most) p->block = most;
    int64_t bytes = p->block * (p->block_k * c->bytes + columns * AJ_PANEL_BYTES) + 2 * AJ_CONVOLUTION_SLACK;
    p->scratch_bytes = (size_t)bytes;
    p->scratch_bytes = (p->scratch_bytes + 63) & ~(size_t)63;
    return chunks;
}

/* All groups of some padded images. */
static int32_t run_groups(aj_instance *self, const aj_convolved *c, const char *padded, const char *limit,
                          int64_t image, int64_t images, const char *panels) {
    int64_t channels = c->groups * c->out_channels;
    patches p = {0};
    p.c = c;
    p.limit = limit;
    p.image_step = c->groups * c->in_channels * c->plane * c->bytes;
    p.out_step = channels * c->pixels;
    p.count = images * c->pixels;
    int64_t chunks = divide_patches(self, &p);
    p.scratch = (char *)aj_arena_alloc(self, p.scratch_bytes * (size_t)chunks);
    if (!p.scratch) return AJ_MEMORY_ERROR;
    for (int64_t g = 0; g < c->groups; g++) {
        p.image = padded + g * c->in_channels * c->plane * c->bytes;
        p.panels = panels + g * c->panels * c->steps * AJ_PANEL_BYTES;
        p.first_out = (image * channels + g * c->out_channels) * c->pixels;
        p.out = c->out_data + p.first_out * c->bytes;
        if (chunks > 1) aj_parallel_for(self, chunks, 1, run_chunk, &p); else run_chunk(&p, 0, 1);
    }
    aj_arena_free(self, p.scratch, p.scratch_bytes * (size_t)chunks);
    return p.fault ? aj_fail(self, AJ_ZERO_DIVISION, "integer division or modulo by zero") : AJ_OK;
}

typedef struct padding_work {
    const aj_convolved *c;
    char *to;
    const char *from;
} padding_work;

static void pad_channels(void *context, int64_t first, int64_t last) {
    const padding_work *work = (const padding_work *)context;
    const aj_convolved *c = work->c;
    int64_t size = c->in[0] * c->in[1] * c->in[2];
    /* A few at a time, so that a large image is in the cache when its padding is written and when it is filled. */
    int64_t at_a_time = 1 + PADDED_BYTES / (c->plane * c->bytes + 1);
    for (int64_t i = first; i < last; i += at_a_time) {
        int64_t channels = last - i < at_a_time ? last - i : at_a_time;
        aj_pad_channels(c, work->to + i * c->plane * c->bytes, work->from + i * size * c->bytes, channels);
    }
}

int32_t aj_run_patches(aj_instance *self, const aj_convolved *c, const char *panels) {
    int64_t channels = c->groups * c->in_channels, size = channels * c->in[0] * c->in[1] * c->in[2] * c->bytes;
    int64_t padded = channels * c->plane * c->bytes;
    if (c->in_place) return run_groups(self, c, c->image, c->image + c->batch * size, 0, c->batch, panels);
    int64_t at_a_time = padded > 0 ? IMAGES_BYTES / padded : 1;
    if (at_a_time < 1) at_a_time = 1;
    if (at_a_time > c->batch) at_a_time = c->batch;
    size_t bytes = (size_t)(padded * at_a_time + AJ_CONVOLUTION_SLACK);
    char *copy = (char *)aj_arena_alloc(self, bytes);
    if (!copy) return AJ_MEMORY_ERROR;
    int32_t status = AJ_OK;
    for (int64_t i = 0; i < c->batch && !status; i += at_a_time) {
        int64_t images = c->batch - i < at_a_time ? c->batch - i : at_a_time;
        padding_work work = {c, copy, c->image + i * size};
        aj_parallel_for(self, images * channels, 1 + 32768 / (c->plane + 1), pad_channels, &work);
        status = run_groups(self, c, copy, copy + bytes, i, images, panels);
    }
    aj_arena_free(self, copy, bytes);
    return status;
}

/* The weight's groups as panels of [steps][channels]. */
void aj_pack_weight(const aj_convolved *c, char *to) {
    int64_t width = AJ_PANEL_BYTES / c->bytes;
    const int64_t *s = c->weight_strides;
    for (int64_t g = 0; g < c->groups; g++) {
        int64_t first = c->weight_first + g * c->out_channels * c->steps;
        for (int64_t j = 0; j < c->panels * width; j++) {
            char *at = to + (g * c->panels + j / width) * c->steps * AJ_PANEL_BYTES + j % width * c->bytes;
            for (int64_t k = 0; k < c->steps; k++, at += AJ_PANEL_BYTES) {
                int64_t from = first + j * s[0] + k / c->taps * s[1] + k % c->taps * s[2];
                if (j < c->out_channels) {
                    __builtin_memcpy(at, c->weight + from * c->bytes, (size_t)c->bytes);
                } else {
                    memset(at, 0, (size_t)c->bytes);
                }
            }
        }
    }
}

