/* Speech begins where a chunk's probability reaches START and ends where it fell below STOP and did not come back for a
 * while: two thresholds, so that a probability between them changes nothing. */
#include "detector.h"

#include <stdlib.h>

enum { SHORTEST_SPEECH_MS = 250, SHORTEST_SILENCE_MS = 100, PADDING_MS = 30 };
static const float START = 0.5f, STOP = 0.35f;

static int64_t samples_of(const detector *self, int milliseconds) {
    return (int64_t)self->rate * milliseconds / 1000;
}

const char *detector_open(detector *self, int32_t rate, int64_t samples) {
    *self = (detector){.rate = rate, .chunk = rate == 16000 ? 512 : 256, .start = -1, .silent = -1};
    if (rate != 16000 && rate != 8000) return "expected 16000 or 8000 samples a second";
    /* A segment and the silence after it take at least this many samples. */
    self->capacity = samples / samples_of(self, SHORTEST_SPEECH_MS + SHORTEST_SILENCE_MS) + 1;
    self->segments = malloc((size_t)self->capacity * sizeof(segment));
    if (!self->segments) return "no memory";
    return silero_vad_create(NULL, &self->model) == AOTJIT_OK ? NULL : silero_vad_last_error(NULL);
}

static void keep(detector *self, int64_t end) {
    bool is_long = end - self->start > samples_of(self, SHORTEST_SPEECH_MS);
    if (is_long && self->found < self->capacity) self->segments[self->found++] = (segment){self->start, end};
    self->start = self->silent = -1;
}

/* What the chunk that began at `at` changes. */
static void follow(detector *self, int64_t at) {
    if (self->probability >= START) {
        self->silent = -1;
        if (self->start < 0) self->start = at;
    } else if (self->probability < STOP && self->start >= 0) {
        if (self->silent < 0) self->silent = at;
        if (at - self->silent >= samples_of(self, SHORTEST_SILENCE_MS)) keep(self, self->silent);
    }
}

const char *detector_feed(detector *self, const int16_t *samples) {
    for (int i = 0; i < self->chunk; i++) self->samples[i] = (float)samples[i] / 32768.0f;
    int64_t shape[] = {1, self->chunk};
    DLTensor chunk = {
        .data = self->samples, .device = {kDLCPU, 0}, .ndim = 2, .dtype = {kDLFloat, 32, 1}, .shape = shape};
    DLManagedTensorVersioned *result;
    if (silero_vad_forward(self->model, &chunk, self->rate, &result) != AOTJIT_OK) {
        return silero_vad_last_error(self->model);
    }
    self->probability = *(const float *)result->dl_tensor.data; /* [1, 1] */
    result->deleter(result);
    follow(self, self->position);
    self->position += self->chunk;
    return NULL;
}

void detector_finish(detector *self, int64_t count) {
    if (self->start >= 0) keep(self, count);
    int64_t padding = samples_of(self, PADDING_MS);
    for (int64_t i = 0; i < self->found; i++) {
        segment *here = &self->segments[i], *next = i + 1 < self->found ? here + 1 : NULL;
        if (i == 0) here->start = here->start > padding ? here->start - padding : 0;
        int64_t silence = next ? next->start - here->end : 2 * padding;
        int64_t share = silence < 2 * padding ? silence / 2 : padding;
        here->end = here->end + share < count ? here->end + share : count;
        if (next) next->start -= share;
    }
}

void detector_close(detector *self) {
    if (self->model) silero_vad_destroy(self->model);
    free(self->segments);
    *self = (detector){0};
}
