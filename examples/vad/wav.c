/* A WAV file is a RIFF chunk of type WAVE that holds chunks: an identifier of 4 bytes, a size of 4 bytes (little
 * endian), that many bytes, and one more where the size is odd. "fmt " says how the samples of "data" are stored. */
#include "wav.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PCM = 1, EXTENSIBLE = 0xFFFE, FORMAT_BYTES = 16, EXTENSIBLE_BYTES = 40 };

static uint32_t little(const unsigned char *bytes, int count) {
    uint32_t value = 0;
    for (int i = count - 1; i >= 0; i--) value = value << 8 | bytes[i];
    return value;
}

/* NULL when samples of this format are what is read here. */
static const char *check_format(const unsigned char *format, uint32_t bytes, int32_t *rate) {
    if (bytes < FORMAT_BYTES) return "the format chunk is too short";
    uint32_t tag = little(format, 2);
    /* The extensible format has the tag as the first two bytes of an identifier. */
    if (tag == EXTENSIBLE && bytes >= EXTENSIBLE_BYTES) tag = little(format + 24, 2);
    if (tag != PCM || little(format + 14, 2) != 16) return "expected 16-bit PCM";
    if (little(format + 2, 2) != 1) return "expected one channel";
    uint32_t found = little(format + 4, 4);
    if (found == 0 || found > INT32_MAX) return "impossible sample rate";
    *rate = (int32_t)found;
    return NULL;
}

/* `left` bytes are what follows in the file: a size in a file may be anything. */
static const char *read_samples(FILE *file, uint32_t bytes, long left, wav *out) {
    /* A program that writes to a pipe does not know the size: then it is all that is there. */
    int64_t count = ((int64_t)bytes < left ? (int64_t)bytes : left) / 2;
    unsigned char *raw = malloc((size_t)(count ? count : 1) * 2);
    if (!raw) return "no memory";
    if (fread(raw, 2, (size_t)count, file) != (size_t)count) {
        free(raw);
        return "cannot be read";
    }
    out->samples = (int16_t *)(void *)raw;
    for (int64_t i = 0; i < count; i++) out->samples[i] = (int16_t)little(raw + 2 * i, 2);
    out->count = count;
    return NULL;
}

static const char *read_chunks(FILE *file, long size, wav *out) {
    unsigned char head[12], format[EXTENSIBLE_BYTES];
    if (fread(head, 1, 12, file) != 12 || memcmp(head, "RIFF", 4) || memcmp(head + 8, "WAVE", 4)) return "not a WAV file";
    while (fread(head, 1, 8, file) == 8) {
        uint32_t bytes = little(head + 4, 4);
        long start = ftell(file), left = size - start;
        if (!memcmp(head, "data", 4)) return out->rate ? read_samples(file, bytes, left, out) : "no format chunk";
        if ((int64_t)bytes > left) return "a chunk is longer than the file";
        if (!memcmp(head, "fmt ", 4)) {
            size_t kept = bytes < sizeof format ? bytes : sizeof format;
            if (fread(format, 1, kept, file) != kept) return "cannot be read";
            const char *problem = check_format(format, bytes, &out->rate);
            if (problem) return problem;
        }
        if (fseek(file, start + (long)bytes + (long)(bytes & 1), SEEK_SET)) return "cannot be read";
    }
    return "no data chunk";
}

const char *wav_read(const char *path, wav *out) {
    *out = (wav){0};
    FILE *file = fopen(path, "rb");
    if (!file) return "cannot be opened";
    long size = fseek(file, 0, SEEK_END) ? -1 : ftell(file);
    const char *problem = size < 0 || fseek(file, 0, SEEK_SET) ? "cannot be read" : read_chunks(file, size, out);
    fclose(file);
    return problem;
}

void wav_free(wav *audio) {
    free(audio->samples);
    *audio = (wav){0};
}
