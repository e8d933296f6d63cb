#include "text.h"

#include "arena.h"
#include "libc.h"

static bool grow(aj_text *text, size_t needed) {
    size_t wanted = text->capacity * 2;
    if (wanted < needed) wanted = needed;
    if (wanted < 256) wanted = 256;
    char *data = text->status ? NULL : (char *)aj_arena_alloc(text->self, wanted);
    if (!data) {
        text->status = AJ_MEMORY_ERROR;
        return false;
    }
    if (text->data) {
        memcpy(data, text->data, text->bytes);
        aj_arena_free(text->self, text->data, text->capacity);
    }
    text->data = data;
    text->capacity = wanted;
    return true;
}

void aj_text_add(aj_text *text, const char *data, size_t bytes) {
    if (bytes == 0 || (text->bytes + bytes > text->capacity && !grow(text, text->bytes + bytes))) return;
    memcpy(text->data + text->bytes, data, bytes);
    text->bytes += bytes;
}

void aj_text_add_c(aj_text *text, const char *data) { aj_text_add(text, data, strlen(data)); }

void aj_text_add_char(aj_text *text, char c) { aj_text_add(text, &c, 1); }

void aj_text_repeat(aj_text *text, char c, int64_t count) {
    for (; count > 0; count--) aj_text_add_char(text, c);
}

size_t aj_write_int(char *out, int64_t value) {
    char digits[24];
    size_t count = 0, bytes = 0;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[count++] = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (value < 0) out[bytes++] = '-';
    while (count) out[bytes++] = digits[--count];
    return bytes;
}

void aj_text_add_int(aj_text *text, int64_t value) {
    char digits[24];
    aj_text_add(text, digits, aj_write_int(digits, value));
}

void aj_text_discard(aj_text *text) {
    if (text->data) aj_arena_free(text->self, text->data, text->capacity);
    *text = aj_text_begin(text->self);
}

int32_t aj_text_end(aj_text *text, aj_str **out) {
    int32_t status = text->status;
    if (status == AJ_OK) status = aj_str_new(text->self, text->data, (int64_t)text->bytes, out);
    aj_text_discard(text);
    return status;
}
