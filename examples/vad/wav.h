/* Reads WAV files: RIFF, 16-bit PCM, one channel. */
#ifndef WAV_H
#define WAV_H

#include <stdint.h>

typedef struct wav {
    int32_t rate;     /* samples a second */
    int64_t count;    /* samples */
    int16_t *samples; /* [count], the caller's: wav_free */
} wav;

/* Reads the whole file. Returns NULL, or what is wrong with it; `out` is empty then. */
const char *wav_read(const char *path, wav *out);
void wav_free(wav *audio);

#endif
