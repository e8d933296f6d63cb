/* Finding characters in text that is not all ASCII: from where one was found last, from the beginning or from the end. */
#include "utf8.h"

#include "instance.h"

/* The first byte of the character `count` behind the one at `at`; the text's end is one too. */
static int64_t forwards(const aj_str *s, int64_t at, int64_t count) {
    for (; count >= 8 && at + 8 <= s->bytes; at += 8) count -= count_characters(s->text + at, 8);
    while (at < s->bytes && is_continuation(s->text[at])) at++;
    for (; count > 0; count--) at += character_bytes(s, at);
    return at;
}

/* The same in front of it. */
static int64_t backwards(const aj_str *s, int64_t at, int64_t count) {
    for (; count >= 8 && at >= 8; at -= 8) count -= count_characters(s->text + at - 8, 8);
    for (; count > 0; count--) {
        do at--;
        while (is_continuation(s->text[at]));
    }
    return at;
}

int64_t aj_str_offset(aj_instance *self, const aj_str *s, int64_t index) {
    aj_cursor *cursor = &self->cursor;
    bool is_long = s->bytes >= AJ_LONG_TEXT;
    int64_t at = 0, known = 0, behind = s->chars - index;
    if (is_long && cursor->text == s->text && cursor->at <= s->bytes && 2 * index > cursor->index) {
        at = cursor->at;
        known = cursor->index;
    }
    int64_t ahead = index - known;
    if (behind < (ahead < 0 ? -ahead : ahead)) at = backwards(s, s->bytes, behind);
    else at = ahead < 0 ? backwards(s, at, -ahead) : forwards(s, at, ahead);
    if (is_long) *cursor = (aj_cursor){s->text, index, at};
    return at;
}
