/* A padded copy of an image, split into one plane for each phase of the stride, so that every step of the window is a
 * contiguous read at a fixed offset. */
#include "convolution.h"
#include "libc.h"

static aj_row_part part_of_row(const aj_convolved *c, int64_t phase) {
    int64_t stride = c->stride[2], spread = c->spread[2], before = c->before[2];
    /* With a spread there is one phase. */
    int64_t first = before >= 0 ? (phase + stride - before % stride) % stride : -before;
    if (spread != 1) first = before >= 0 ? 0 : aj_ceil_div(-before, spread);
    int64_t place = (first * spread + before) / stride, room = c->phase[2] - place;
    int64_t count = aj_ceil_div(c->in[2] - first, stride);
    if (spread != 1) room = aj_ceil_div(room, spread);
    return (aj_row_part){first, place, count < room ? count : room};
}

/* The phases that the window reads, and the size of a padded channel. */
void aj_set_planes(aj_convolved *c) {
    c->in_place = true;
    c->plane = 1;
    for (int32_t i = 0; i < AJ_MAX_SPATIAL; i++) {
        int64_t reach = c->dilation[i] * (c->kernel[i] - 1);
        c->phase[i] = c->out[i] + reach / c->stride[i];
        c->used[i] = 0;
        for (int64_t k = 0; k < c->kernel[i]; k++) c->used[i] |= 1ull << (k * c->dilation[i] % c->stride[i] & 63);
        c->plane *= c->phase[i] * c->stride[i];
        if (c->stride[i] != 1 || c->spread[i] != 1 || c->before[i] != 0 || c->phase[i] != c->in[i])
            c->in_place = false;
    }
    for (int64_t p = 0; p < AJ_KEPT_PARTS && p < c->stride[2]; p++) c->parts[p] = part_of_row(c, p);
}

void aj_set_offsets(aj_convolved *c) {
    const int64_t *s = c->stride, *d = c->dilation, *q = c->phase;
    int64_t volume = q[0] * q[1] * q[2], *to = c->offsets;
    if (c->in_channels == 0) return;
    for (int64_t k0 = 0; k0 < c->kernel[0] * d[0]; k0 += d[0]) {
        for (int64_t k1 = 0; k1 < c->kernel[1] * d[1]; k1 += d[1]) {
            int64_t phase = (k0 % s[0] * s[1] + k1 % s[1]) * s[2];
            int64_t inside = (k0 / s[0] * q[1] + k1 / s[1]) * q[2];
            int64_t skip = d[2] / s[2], rest = d[2] % s[2];
            for (int64_t k2 = 0, p = 0; k2 < c->kernel[2]; k2++) { /* p: k2 * d[2] % s[2], without a division */
                *to++ = ((phase + p) * volume + inside) * c->bytes;
                p += rest;
                inside += skip + (p >= s[2]);
                p -= p >= s[2] ? s[2] : 0;
            }
        }
    }
    /* Every channel is as the one before it, a plane further. */
    int64_t taps = c->taps, plane = c->plane * c->bytes, *offsets = c->offsets;
    for (int64_t k = taps; k < c->in_channels * taps; k++) offsets[k] = offsets[k - taps] + plane;
}

/* Every `step`-th element from `from` on to `to`, `spread` apart. */
static void copy_elements(char *to, int64_t spread, const char *from, int64_t step, int64_t count, int64_t bytes) {
    if (spread == 1 && step == 1 && count * bytes > 32) {
        memcpy(to, from, (size_t)(count * bytes));
    } else if (bytes == 4 && spread == 1 && step == 2) { /* the common stride, as vectors */
        for (int64_t i = 0; i < count; i++)
            ((uint32_t *)(void *)to)[i] = ((const uint32_t *)(const void *)from)[2 * i];
    } else if (bytes == 4) {
        for (int64_t i = 0; i < count; i++)
            ((uint32_t *)(void *)to)[i * spread] = ((const uint32_t *)(const void *)from)[i * step];
    } else if (bytes == 8) {
        for (int64_t i = 0; i < count; i++)
            ((uint64_t *)(void *)to)[i * spread] = ((const uint64_t *)(const void *)from)[i * step];
    } else {
        for (int64_t i = 0; i < count; i++) memcpy(to + i * spread * bytes, from + i * step * bytes, (size_t)bytes);
    }
}

/* A row of each of `channels` channels to its place in a plane: `to` is phase 0 of the first row, phases are `apart`
 * elements from another, channels `plane` and `image` bytes. */
static void copy_rows(const aj_convolved *c, char *to, int64_t apart, const char *from, int64_t channels, int64_t plane,
                      int64_t image) {
    int64_t stride = c->stride[2], spread = c->spread[2], bytes = c->bytes;
    for (int64_t p = 0; p < stride; p++) {
        if (!(c->used[2] >> (p & 63) & 1)) continue;
        aj_row_part part = p < AJ_KEPT_PARTS ? c->parts[p] : part_of_row(c, p);
        if (part.count <= 0) continue;
        char *at = to + (p * apart + part.place) * bytes;
        const char *row = from + part.first * bytes;
        for (int64_t i = 0; i < channels; i++)
            copy_elements(at + i * plane, spread, row + i * image, stride, part.count, bytes);
    }
}

/* Where row `i` of a dim goes: its phase and place; false when it is cut off. */
static bool place_of(const aj_convolved *c, int32_t dim, int64_t i, int64_t *phase, int64_t *place) {
    int64_t at = i * c->spread[dim] + c->before[dim];
    if (at < 0) return false;
    bool single = c->stride[dim] == 1; /* a division takes as long as a short row */
    *phase = single ? 0 : at % c->stride[dim];
    *place = single ? at : at / c->stride[dim];
    return *place < c->phase[dim] && (c->used[dim] >> (*phase & 63) & 1);
}

void aj_pad_channels(const aj_convolved *c, char *to, const char *from, int64_t channels) {
    const int64_t *q = c->phase, *s = c->stride;
    int64_t volume = q[0] * q[1] * q[2], image = c->in[0] * c->in[1] * c->in[2] * c->bytes, plane = c->plane * c->bytes;
    if (c->fill && !c->in_place) {
        for (int64_t i = 0; i < channels * c->plane; i++) memcpy(to + i * c->bytes, c->fill, (size_t)c->bytes);
    } else {
        memset(to, 0, (size_t)(channels * plane));
    }
    for (int64_t i = 0; i < c->in[0]; i++) {
        int64_t f0, p0, f1, p1;
        if (!place_of(c, 0, i, &f0, &p0)) continue;
        for (int64_t j = 0; j < c->in[1]; j++) {
            if (!place_of(c, 1, j, &f1, &p1)) continue;
            int64_t row = (f0 * s[1] + f1) * s[2] * volume + (p0 * q[1] + p1) * q[2];
            copy_rows(c, to + row * c->bytes, volume, from + (i * c->in[1] + j) * c->in[2] * c->bytes, channels, plane,
                      image);
        }
    }
}
