/* Looking for text in text, and what is in front of it and behind it. */
#include "operators.h"
#include "text.h"
#include "utf8.h"

/* What torch does there is an error of C++. */
static int32_t fail_start(aj_instance *self, const aj_str *a, int64_t start) {
    return aj_fail(self, AJ_RUNTIME_ERROR, "the start, %lld, is behind the end of a str of %lld characters",
                   (long long)start, (long long)a->chars);
}

/* The number of the character where `part` is found, -1 when absent. As in torch, nothing is found at the start of a
 * part that ends before it, wherever that is. */
static int32_t position(aj_instance *self, const aj_str *a, const aj_str *part, int64_t start, int64_t end, bool back,
                        int64_t *out) {
    window w = window_of(self, a, start, end);
    if (w.last > w.first && w.first > a->chars) return fail_start(self, a, w.first);
    int64_t at = back ? search_back(a, part, w.begin, w.end) : search(a, part, w.begin, w.end);
    *out = at < 0 ? -1 : w.first + count_characters(a->text + w.begin, at - w.begin);
    return AJ_OK;
}

int32_t aj_str_find(aj_instance *self, const aj_str *a, const aj_str *part, int64_t start, int64_t end, int64_t *out) {
    return position(self, a, part, start, end, false, out);
}

int32_t aj_str_rfind(aj_instance *self, const aj_str *a, const aj_str *part, int64_t start, int64_t end,
                     int64_t *out) {
    return position(self, a, part, start, end, true, out);
}

static int32_t found(aj_instance *self, int32_t status, int64_t at) {
    return status || at >= 0 ? status : aj_fail(self, AJ_VALUE_ERROR, "substring not found");
}

int32_t aj_str_index(aj_instance *self, const aj_str *a, const aj_str *part, int64_t start, int64_t end,
                     int64_t *out) {
    int32_t status = position(self, a, part, start, end, false, out);
    return found(self, status, *out);
}

int32_t aj_str_rindex(aj_instance *self, const aj_str *a, const aj_str *part, int64_t start, int64_t end,
                      int64_t *out) {
    int32_t status = position(self, a, part, start, end, true, out);
    return found(self, status, *out);
}

/* Those that begin before the end, as in torch, which counts "" for ever: here as Python does. */
int32_t aj_str_count(aj_instance *self, const aj_str *a, const aj_str *part, int64_t start, int64_t end,
                     int64_t *out) {
    (void)self;
    window w = window_of(self, a, start, end);
    *out = 0;
    if (w.first > a->chars || w.last <= w.first) return AJ_OK;
    if (part->bytes == 0) {
        *out = count_characters(a->text + w.begin, w.end - w.begin) + 1;
        return AJ_OK;
    }
    for (int64_t at = w.begin; (at = search(a, part, at, a->bytes)) >= 0 && at < w.end; at += part->bytes) ++*out;
    return AJ_OK;
}

/* An end before the start is none, as in torch. */
static int32_t ending(aj_instance *self, const aj_str *a, int64_t start, int64_t end, window *out) {
    *out = window_of(self, a, start, end);
    if (out->first > a->chars) return fail_start(self, a, out->first);
    if (out->last < out->first) out->end = a->bytes;
    return AJ_OK;
}

int32_t aj_str_startswith(aj_instance *self, const aj_str *a, const aj_str *part, int64_t start, int64_t end,
                          bool *out) {
    window w;
    int32_t status = ending(self, a, start, end, &w);
    *out = !status && part->bytes <= w.end - w.begin && same_bytes(a->text + w.begin, part->text, part->bytes);
    return status;
}

int32_t aj_str_endswith(aj_instance *self, const aj_str *a, const aj_str *part, int64_t start, int64_t end,
                        bool *out) {
    window w;
    int32_t status = ending(self, a, start, end, &w);
    *out = !status && part->bytes <= w.end - w.begin &&
           same_bytes(a->text + w.end - part->bytes, part->text, part->bytes);
    return status;
}

/* -- parts -------------------------------------------------------------------------------------------------------- */

static int32_t three(aj_instance *self, const aj_str *a, int64_t at, int64_t bytes, aj_str **head, aj_str **middle,
                     aj_str **tail) {
    int32_t status = aj_str_part(self, a, 0, at, head);
    if (status) return status;
    status = aj_str_part(self, a, at, bytes, middle);
    if (!status) {
        status = aj_str_part(self, a, at + bytes, a->bytes - at - bytes, tail);
        if (status) aj_release(self, &(*middle)->head);
    }
    if (status) aj_release(self, &(*head)->head);
    return status;
}

/* Where the separator is, and its size; the end of `a` and 0 when it is not there. */
static inline int64_t first_separator(const aj_str *a, const aj_str *separator, int64_t *bytes) {
    int64_t at = search(a, separator, 0, a->bytes);
    *bytes = at < 0 ? 0 : separator->bytes;
    return at < 0 ? a->bytes : at;
}

/* The same from the end; the beginning when it is not there. */
static inline int64_t last_separator(const aj_str *a, const aj_str *separator, int64_t *bytes) {
    int64_t at = search_back(a, separator, 0, a->bytes);
    *bytes = at < 0 ? 0 : separator->bytes;
    return at < 0 ? 0 : at;
}

#define PARTITION(name, find)                                                                                           \
    int32_t aj_str_##name(aj_instance *self, const aj_str *a, const aj_str *separator, aj_str **head, aj_str **middle,  \
                          aj_str **tail) {                                                                              \
        int64_t bytes, at = find(a, separator, &bytes);                                                                 \
        return three(self, a, at, bytes, head, middle, tail);                                                           \
    }                                                                                                                   \
    int32_t aj_str_##name##_lent(aj_instance *self, const aj_str *a, const aj_str *separator, aj_str *head,             \
                                 aj_str *middle, aj_str *tail) {                                                        \
        (void)self;                                                                                                     \
        int64_t bytes, at = find(a, separator, &bytes);                                                                 \
        lend_part(a, 0, at, head);                                                                                      \
        lend_part(a, at, bytes, middle);                                                                                \
        lend_part(a, at + bytes, a->bytes - at - bytes, tail);                                                          \
        return AJ_OK;                                                                                                   \
    }
PARTITION(partition, first_separator)
PARTITION(rpartition, last_separator)

int32_t aj_str_replace(aj_instance *self, const aj_str *a, const aj_str *from, const aj_str *to, int64_t most,
                       aj_str **out) {
    aj_text text = aj_text_begin(self);
    int64_t done = 0;
    if (most < 0) most = -1;
    if (from->bytes == 0 && most > 0) { /* all in front, as in torch, which does it for ever without a limit */
        while (most-- > 0) aj_text_add(&text, to->text, (size_t)to->bytes);
    } else if (from->bytes == 0) { /* in front of all characters and at the end, as Python does */
        for (; most != 0 && done < a->bytes; most--) {
            int64_t next = done + character_bytes(a, done);
            aj_text_add(&text, to->text, (size_t)to->bytes);
            aj_text_add(&text, a->text + done, (size_t)(next - done));
            done = next;
        }
        if (most != 0) aj_text_add(&text, to->text, (size_t)to->bytes);
    } else {
        for (int64_t at; most-- != 0 && (at = search(a, from, done, a->bytes)) >= 0; done = at + from->bytes) {
            aj_text_add(&text, a->text + done, (size_t)(at - done));
            aj_text_add(&text, to->text, (size_t)to->bytes);
        }
    }
    aj_text_add(&text, a->text + done, (size_t)(a->bytes - done));
    return aj_text_end(&text, out);
}
