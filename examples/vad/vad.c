/* Speech segments of WAV files, one a line: file, start and end in seconds. Every file is a stream with its own instance
 * of the model, on its own thread.
 *
 *     vad FILE.wav ...        16-bit PCM, one channel, 16000 or 8000 Hz
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detector.h"
#include "wav.h"

typedef struct stream {
    const char *path;
    const char *problem; /* NULL: none */
    wav audio;
    detector detector;
} stream;

static const char *detect(stream *self) {
    wav *audio = &self->audio;
    detector *d = &self->detector;
    const char *problem = wav_read(self->path, audio);
    if (!problem) problem = detector_open(d, audio->rate, audio->count);
    int64_t at = 0;
    for (; !problem && at + d->chunk <= audio->count; at += d->chunk) problem = detector_feed(d, audio->samples + at);
    if (problem) return problem;
    if (at < audio->count) { /* the last chunk is filled up with silence */
        int16_t last[LONGEST_CHUNK] = {0};
        memcpy(last, audio->samples + at, (size_t)(audio->count - at) * sizeof *last);
        problem = detector_feed(d, last);
    }
    if (!problem) detector_finish(d, audio->count);
    return problem;
}

static void *run(void *argument) {
    stream *self = argument;
    self->problem = detect(self);
    return NULL;
}

/* Prints what was found in it. Returns whether there was no problem. */
static bool report(const stream *self) {
    if (self->problem) {
        fprintf(stderr, "%s: %s\n", self->path, self->problem);
        return false;
    }
    const detector *d = &self->detector;
    for (int64_t i = 0; i < d->found; i++) {
        double start = (double)d->segments[i].start / d->rate, end = (double)d->segments[i].end / d->rate;
        printf("%s %.3f %.3f\n", self->path, start, end);
    }
    return true;
}

int main(int argc, char **argv) {
    int count = argc - 1;
    if (count < 1) {
        fprintf(stderr, "usage: vad FILE.wav ...\n");
        return 2;
    }
    stream *streams = calloc((size_t)count, sizeof *streams);
    pthread_t *threads = calloc((size_t)count, sizeof *threads);
    if (!streams || !threads) return EXIT_FAILURE;
    for (int i = 0; i < count; i++) {
        streams[i].path = argv[i + 1];
        if (pthread_create(&threads[i], NULL, run, &streams[i])) {
            perror("pthread_create");
            return EXIT_FAILURE;
        }
    }
    bool good = true;
    for (int i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
        good &= report(&streams[i]);
        detector_close(&streams[i].detector);
        wav_free(&streams[i].audio);
    }
    free(threads);
    free(streams);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
