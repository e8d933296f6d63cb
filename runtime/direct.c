/* Few output channels in a group, depthwise convolutions above all: each channel is a sum of shifted planes. */
#include "convolution.h"
#include "arena.h"
#include "libc.h"
#include "operators.h"

#define INTEGER_DIRECT(T)                                                                                   \
    static void direct_##T(int64_t blocks, int64_t steps, const void *image, const int64_t *offsets,        \
                           const void *weights, void *out) {                                                \
        T *to = (T *)out;                                                                                   \
        for (int64_t i = 0; i < blocks * AJ_DIRECT_BYTES / (int64_t)sizeof(T); i++) {                       \
            T sum = 0;                                                                                      \
            for (int64_t k = 0; k < steps; k++) {                                                           \
                const T *from = (const T *)(const void *)((const char *)image + offsets[k]);                \
                sum = (T)(sum + (uint64_t)from[i] * ((const T *)weights)[k]);                               \
            }                                                                                               \
            to[i] = sum;                                                                                    \
        }                                                                                                   \
    }

INTEGER_DIRECT(uint8_t)
INTEGER_DIRECT(uint16_t)
INTEGER_DIRECT(uint32_t)
INTEGER_DIRECT(uint64_t)

aj_direct aj_integer_direct(int64_t bytes) {
    return bytes == 1 ? direct_uint8_t : bytes == 2 ? direct_uint16_t : bytes == 4 ? direct_uint32_t : direct_uint64_t;
}

/* Units are groups of images: unit u is group u % groups of image u / groups. */
typedef struct direct_work {
    const aj_convolved *c;
    char *scratch;
    size_t scratch_bytes, padded_bytes, sums_bytes; /* of a chunk; its parts: padded channels, sums, weights */
    int64_t units, units_a_chunk, flat, blocks;
    int32_t fault;
} direct_work;

/* The pixels of a plane of sums, whose rows are as long as the padded image's. */
static void store_plane(const aj_convolved *c, char *to, const char *sums) {
    size_t row = (size_t)(c->out[2] * c->bytes);
    for (int64_t i = 0; i < c->out[0]; i++)
        for (int64_t j = 0; j < c->out[1]; j++, to += row)
            memcpy(to, sums + (i * c->phase[1] + j) * c->phase[2] * c->bytes, row);
}

/* An output channel's weights, step by step. */
static const char *weights_of(const aj_convolved *c, int64_t group, int64_t channel, char *buffer) {
    const int64_t *s = c->weight_strides;
    int64_t first = c->weight_first + group * c->out_channels * c->steps + channel * s[0];
    if (!c->transposed) return c->weight + first * c->bytes;
    for (int64_t k = 0; k < c->steps; k++) {
        int64_t from = first + k / c->taps * s[1] + k % c->taps * s[2];
        __builtin_memcpy(buffer + k * c->bytes, c->weight + from * c->bytes, (size_t)c->bytes);
    }
    return buffer;
}

/* Is the result one pixel, with the whole image as its window? */
static bool is_dot(const aj_convolved *c) {
    return c->tiles && c->bytes == 4 && c->pixels == 1 && c->in_place && c->taps == c->plane;
}

typedef float lanes4 __attribute__((vector_size(16)));

static float dot(const float *x, const float *y, int64_t count) {
    lanes4 sums[4] = {{0}, {0}, {0}, {0}};
    int64_t i = 0;
    for (; i + 16 <= count; i += 16) {
        for (int32_t j = 0; j < 4; j++) {
            lanes4 a, b;
            __builtin_memcpy(&a, x + i + 4 * j, sizeof a);
            __builtin_memcpy(&b, y + i + 4 * j, sizeof b);
            sums[j] += a * b;
        }
    }
    lanes4 total = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    float sum = (total[0] + total[1]) + (total[2] + total[3]);
    for (; i < count; i++) sum += x[i] * y[i];
    return sum;
}

/* `image`: [steps] of the unit; `buffer`: room for an output channel's weights. */
static int32_t run_dots(const direct_work *work, int64_t unit, const float *image, char *buffer) {
    const aj_convolved *c = work->c;
    int64_t first = unit * c->out_channels;
    float *to = (float *)(void *)c->out_data + first;
    for (int64_t j = 0; j < c->out_channels; j++) {
        const char *weights = weights_of(c, unit % c->groups, j, buffer);
        to[j] = dot(image, (const float *)(const void *)weights, c->steps);
    }
    return aj_finish_channels(c, 0, 1, first, first + c->out_channels);
}

static int32_t run_direct(const direct_work *work, int64_t unit, char *scratch) {
    const aj_convolved *c = work->c;
    int64_t image = unit / c->groups, group = unit % c->groups, size = c->in[0] * c->in[1] * c->in[2] * c->bytes;
    char *sums = scratch + work->padded_bytes, *buffer = sums + work->sums_bytes;
    int32_t fault = 0;
    const char *padded = c->image + unit * c->in_channels * size;
    if (is_dot(c)) return run_dots(work, unit, (const float *)(const void *)padded, buffer);
    aj_pad_channels(c, scratch, padded, c->in_channels);
    for (int64_t j = 0; j < c->out_channels; j++) {
        int64_t channel = (image * c->groups + group) * c->out_channels + j;
        c->direct(work->blocks, c->steps, scratch, c->offsets, weights_of(c, group, j, buffer), sums);
        store_plane(c, c->out_data + channel * c->pixels * c->bytes, sums);
        fault |= aj_finish_channels(c, 0, c->pixels, channel, channel + 1);
    }
    return fault;
}

static void run_direct_chunk(void *context, int64_t first, int64_t last) {
    direct_work *work = (direct_work *)context;
    for (int64_t chunk = first; chunk < last; chunk++) {
        int64_t begin = chunk * work->units_a_chunk, end = begin + work->units_a_chunk;
        if (end > work->units) end = work->units;
        for (int64_t u = begin; u < end; u++)
            if (run_direct(work, u, work->scratch + (size_t)chunk * work->scratch_bytes))
                __atomic_store_n(&work->fault, 1, __ATOMIC_RELAXED);
    }
}

int32_t aj_run_directly(aj_instance *self, const aj_convolved *c) {
    direct_work work = {0};
    int64_t width = AJ_DIRECT_BYTES / c->bytes, chunks = 1;
    work.c = c;
    work.units = c->batch * c->groups;
    work.flat = ((c->out[0] - 1) * c->phase[1] + c->out[1] - 1) * c->phase[2] + c->out[2];
    work.blocks = aj_ceil_div(work.flat, width);
    if (self->threads > 1 && work.units > 1 && work.units * c->out_channels * c->pixels * c->steps > 1 << 19)
        chunks = work.units < 4 * self->threads ? work.units : 4 * self->threads;
    work.units_a_chunk = aj_ceil_div(work.units, chunks);
    work.padded_bytes = (size_t)(c->in_channels * c->plane * c->bytes + 2 * AJ_DIRECT_BYTES);
    work.sums_bytes = (size_t)(work.blocks * AJ_DIRECT_BYTES);
    work.scratch_bytes = (work.padded_bytes + work.sums_bytes + (size_t)(c->steps * c->bytes) + 63) & ~(size_t)63;
    work.scratch = (char *)aj_arena_alloc(self, work.scratch_bytes * (size_t)chunks);
    if (!work.scratch) return AJ_MEMORY_ERROR;
    if (chunks > 1) aj_parallel_for(self, chunks, 1, run_direct_chunk, &work); else run_direct_chunk(&work, 0, 1);
    aj_arena_free(self, work.scratch, work.scratch_bytes * (size_t)chunks);
    return work.fault ? aj_fail(self, AJ_ZERO_DIVISION, "integer division or modulo by zero") : AJ_OK;
}

