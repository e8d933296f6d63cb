/* Speech segments of one stream of samples.
 *
 *     detector d;
 *     if (detector_open(&d, 16000, count)) ...      an instance of the model: one for each stream
 *     detector_feed(&d, samples)                    d.chunk samples at a time; no allocation, lock or system call
 *     detector_finish(&d, count)                    then d.segments[0 .. d.found)
 *     detector_close(&d)
 */
#ifndef DETECTOR_H
#define DETECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "silero_vad.h"

enum { LONGEST_CHUNK = 512 };

typedef struct segment {
    int64_t start, end; /* in samples */
} segment;

typedef struct detector {
    silero_vad_instance *model;
    int32_t rate;
    int chunk;         /* samples a call: 512 at 16000 Hz, 256 at 8000 Hz */
    int64_t position;  /* samples heard */
    int64_t start;     /* of the segment that is going on; -1: none is */
    int64_t silent;    /* where silence began in it; -1: it is not silent */
    float probability; /* of speech in the last chunk */
    segment *segments; /* [capacity] */
    int64_t found, capacity;
    float samples[LONGEST_CHUNK];
} detector;

/* `samples` is how many will come at most. These return NULL or what went wrong. */
const char *detector_open(detector *self, int32_t rate, int64_t samples);
const char *detector_feed(detector *self, const int16_t *samples);
/* Ends the stream, whose length is `count` samples, and gives every segment a little of the silence around it. */
void detector_finish(detector *self, int64_t count);
void detector_close(detector *self);

#endif
