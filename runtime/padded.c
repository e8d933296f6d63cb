/* A padded copy of an image, split into one plane for each phase of the stride, so that every step of the window is a
 * contiguous read at a fixed offset. */
#include "convolution.h"
#include "libc.h"

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
}

void aj_set_offsets(aj_convolved *c) {
    const int64_t *s = c->stride, *d = c->dilation, *q = c->phase;
    int64_t volume = q[0] * q[1] * q[2], *to = c->offsets;
    for (int64_t channel = 0; channel < c->in_channels; channel++) {
        for (int64_t k0 = 0; k0 < c->kernel[0] * d[0]; k0 += d[0]) {
            for (int64_t k1 = 0; k1 < c->kernel[1] * d[1]; k1 += d[1]) {
                for (int64_t k2 = 0; k2 < c->kernel[2] * d[2]; k2 += d[2]) {
                    int64_t phase = (k0 % s[0] * s[1] + k1 % s[1]) * s[2] + k2 % s[2];
                    int64_t inside = (k0 / s[0] * q[1] + k1 / s[1]) * q[2] + k2 / s[2];
                    *to++ = (channel * c->plane + phase * volume + inside) * c->bytes;
                }
            }
        }
    }
}

/* Every `step`-th element from `from` on to `to`, `spread` apart. */
static void copy_elements(char *to, int64_t spread, const char *from, int64_t step, int64_t count, int64_t bytes) {
    if (spread == 1 && step == 1) {
        memcpy(to, from, (size_t)(count * bytes));
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

/* A row of the image to its place in a plane: `to` is phase 0 of the row, phases are `apart` elements from another. */
static void copy_row(const aj_convolved *c, char *to, int64_t apart, const char *from) {
    int64_t stride = c->stride[2], spread = c->spread[2], before = c->before[2];
    for (int64_t p = 0; p < stride; p++) {
        if (!(c->used[2] >> (p & 63) & 1)) continue;
        /* The first element of the row in this phase; with a spread there is one phase. */
        int64_t first = before >= 0 ? (p + stride - before % stride) % stride : -before;
        if (spread != 1) first = before >= 0 ? 0 : aj_ceil_div(-before, spread);
        int64_t place = (first * spread + before) / stride, room = c->phase[2] - place;
        int64_t count = aj_ceil_div(c->in[2] - first, stride);
        if (spread != 1) room = aj_ceil_div(room, spread);
        if (count > room) count = room;
        if (count > 0) {
            copy_elements(to + (p * apart + place) * c->bytes, spread, from + first * c->bytes, stride, count,
                          c->bytes);
        }
    }
}

/* Where row `i` of a dim goes: its phase and place; false when it is cut off. */
static bool place_of(const aj_convolved *c, int32_t dim, int64_t i, int64_t *phase, int64_t *place) {
    int64_t at = i * c->spread[dim] + c->before[dim];
    if (at < 0) return false;
    *phase = at % c->stride[dim];
    *place = at / c->stride[dim];
    return *place < c->phase[dim] && (c->used[dim] >> (*phase & 63) & 1);
}

void aj_pad_channel(const aj_convolved *c, char *to, const char *from) {
    const int64_t *q = c->phase, *s = c->stride;
    int64_t volume = q[0] * q[1] * q[2];
    if (c->fill && !c->in_place) {
        for (int64_t i = 0; i < c->plane; i++) memcpy(to + i * c->bytes, c->fill, (size_t)c->bytes);
    } else {
        memset(to, 0, (size_t)(c->plane * c->bytes));
    }
    for (int64_t i = 0; i < c->in[0]; i++) {
        int64_t f0, p0, f1, p1;
        if (!place_of(c, 0, i, &f0, &p0)) continue;
        for (int64_t j = 0; j < c->in[1]; j++) {
            if (!place_of(c, 1, j, &f1, &p1)) continue;
            int64_t row = (f0 * s[1] + f1) * s[2] * volume + (p0 * q[1] + p1) * q[2];
            copy_row(c, to + row * c->bytes, volume, from + (i * c->in[1] + j) * c->in[2] * c->bytes);
        }
    }
}
