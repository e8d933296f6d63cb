/* Letters, digits and padding. As in torch, only ASCII characters are letters, digits or spaces; others stay. */
#include "operators.h"
#include "text.h"
#include "utf8.h"

static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
static bool is_alpha(char c) { return is_upper(c) || is_lower(c); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_alnum(char c) { return is_alpha(c) || is_digit(c); }
static bool is_printable(char c) { return c >= ' ' && c <= '~'; }

static bool all_are(const aj_str *a, bool (*is)(char c)) {
    bool all = true;
    for (int64_t i = 0; i < a->bytes && all; i++) all = is(a->text[i]);
    return all;
}

#define PREDICATE(name, expression)                                          \
    int32_t aj_str_##name(aj_instance *self, const aj_str *a, bool *out) {   \
        (void)self;                                                          \
        *out = expression;                                                   \
        return AJ_OK;                                                        \
    }
PREDICATE(isalnum, a->bytes > 0 && all_are(a, is_alnum))
PREDICATE(isalpha, a->bytes > 0 && all_are(a, is_alpha))
PREDICATE(isdigit, a->bytes > 0 && all_are(a, is_digit))
PREDICATE(isspace, a->bytes > 0 && all_are(a, is_space))
PREDICATE(isprintable, all_are(a, is_printable))
PREDICATE(isidentifier, a->bytes > 0 && !is_digit(a->text[0]) && all_are(a, is_alnum)) /* as torch: without _ */
#undef PREDICATE

/* Some letter is of one case and none of the other. */
static bool all_cased(const aj_str *a, bool (*wanted)(char c), bool (*other)(char c)) {
    bool some = false;
    for (int64_t i = 0; i < a->bytes; i++) {
        if (other(a->text[i])) return false;
        some |= wanted(a->text[i]);
    }
    return some;
}

int32_t aj_str_isupper(aj_instance *self, const aj_str *a, bool *out) {
    (void)self;
    *out = all_cased(a, is_upper, is_lower);
    return AJ_OK;
}

int32_t aj_str_islower(aj_instance *self, const aj_str *a, bool *out) {
    (void)self;
    *out = all_cased(a, is_lower, is_upper);
    return AJ_OK;
}

int32_t aj_str_istitle(aj_instance *self, const aj_str *a, bool *out) {
    (void)self;
    bool some = false, in_word = false;
    for (int64_t i = 0; i < a->bytes; i++) {
        char c = a->text[i];
        if (is_alpha(c) && is_upper(c) == in_word) {
            *out = false;
            return AJ_OK;
        }
        in_word = is_alpha(c);
        some |= in_word;
    }
    *out = some;
    return AJ_OK;
}

/* -- other case --------------------------------------------------------------------------------------------------- */

static char to_upper(char c) { return is_lower(c) ? (char)(c ^ 0x20) : c; }
static char to_lower(char c) { return is_upper(c) ? (char)(c ^ 0x20) : c; }

/* The letters from `first` on, of one case, in the other case: eight bytes at a time. */
static inline uint64_t other_case(uint64_t word, unsigned char first) {
    uint64_t low = word & eight_of(0x7f); /* sums of these stay in their bytes */
    uint64_t from_first = low + eight_of((unsigned char)(0x80 - first)), behind_last = low + eight_of((unsigned char)(0x80 - 26 - first));
    return word ^ (from_first & ~behind_last & ~word & eight_of(0x80)) >> 2;
}

/* Words of which the last two may overlap, as in bytes.h; where there is less than one, it is written with zeros behind,
 * for which the block of any str has room. */
static inline void write_case(const aj_str *a, unsigned char first, char *text) {
    int64_t bytes = a->bytes;
    for (int64_t i = 0; bytes >= 8; i = i + 16 <= bytes ? i + 8 : bytes - 8) {
        uint64_t word = other_case(load8(a->text + i), first);
        memcpy(text + i, &word, 8);
        if (i == bytes - 8) return;
    }
    uint64_t word = other_case(load_rest(a->text, bytes), first);
    memcpy(text, &word, 8);
}

#define CASE(name, first)                                                                                               \
    int32_t aj_str_##name(aj_instance *self, const aj_str *a, aj_str **out) {                                           \
        int32_t status = aj_str_copy(self, a, out);                                                                     \
        if (!status) write_case(a, first, (*out)->text);                                                                \
        return status;                                                                                                  \
    }                                                                                                                   \
    int32_t aj_str_##name##_lent(aj_instance *self, const aj_str *a, aj_scratch *room, aj_str **out) {                  \
        aj_str *s = aj_scratch_text(room, a->bytes, a->chars);                                                          \
        if (!s) return aj_str_##name(self, a, out);                                                                     \
        write_case(a, first, s->text);                                                                                  \
        *out = s;                                                                                                       \
        return AJ_OK;                                                                                                   \
    }
CASE(upper, 'a')
CASE(lower, 'A')

int32_t aj_str_swapcase(aj_instance *self, const aj_str *a, aj_str **out) {
    int32_t status = aj_str_copy(self, a, out);
    for (int64_t i = 0; i < a->bytes && !status; i++) {
        char c = a->text[i];
        (*out)->text[i] = is_upper(c) ? to_lower(c) : to_upper(c);
    }
    return status;
}

int32_t aj_str_capitalize(aj_instance *self, const aj_str *a, aj_str **out) {
    int32_t status = aj_str_lower(self, a, out);
    if (!status && a->bytes > 0) (*out)->text[0] = to_upper(a->text[0]);
    return status;
}

int32_t aj_str_title(aj_instance *self, const aj_str *a, aj_str **out) {
    int32_t status = aj_str_copy(self, a, out);
    bool in_word = false;
    for (int64_t i = 0; i < a->bytes && !status; i++) {
        char c = a->text[i];
        (*out)->text[i] = in_word ? to_lower(c) : to_upper(c);
        in_word = is_alpha(c);
    }
    return status;
}

/* -- padding ------------------------------------------------------------------------------------------------------ */

/* `fill` is one character. */
static int32_t padded(aj_instance *self, const aj_str *a, int64_t left, int64_t right, const aj_str *fill,
                      aj_str **out) {
    if (fill->chars != 1) {
        return aj_fail(self, AJ_TYPE_ERROR, "The fill character must be exactly one character long");
    }
    aj_text text = aj_text_begin(self);
    for (; left > 0; left--) aj_text_add(&text, fill->text, (size_t)fill->bytes);
    aj_text_add(&text, a->text, (size_t)a->bytes);
    for (; right > 0; right--) aj_text_add(&text, fill->text, (size_t)fill->bytes);
    return aj_text_end(&text, out);
}

int32_t aj_str_center(aj_instance *self, const aj_str *a, int64_t width, const aj_str *fill, aj_str **out) {
    int64_t room = width > a->chars ? width - a->chars : 0;
    int64_t left = room / 2 + (room & width & 1); /* as Python shares out an odd one */
    return padded(self, a, left, room - left, fill, out);
}

int32_t aj_str_ljust(aj_instance *self, const aj_str *a, int64_t width, const aj_str *fill, aj_str **out) {
    return padded(self, a, 0, width - a->chars, fill, out);
}

int32_t aj_str_rjust(aj_instance *self, const aj_str *a, int64_t width, const aj_str *fill, aj_str **out) {
    return padded(self, a, width - a->chars, 0, fill, out);
}

int32_t aj_str_zfill(aj_instance *self, const aj_str *a, int64_t width, aj_str **out) {
    aj_text text = aj_text_begin(self);
    aj_text_repeat(&text, '0', width - a->chars); /* in front of a sign too, as torch */
    aj_text_add(&text, a->text, (size_t)a->bytes);
    return aj_text_end(&text, out);
}

int32_t aj_str_expandtabs(aj_instance *self, const aj_str *a, int64_t size, aj_str **out) {
    aj_text text = aj_text_begin(self);
    int64_t column = 0;
    for (int64_t i = 0; i < a->bytes; i++) {
        char c = a->text[i];
        if (c == '\t') {
            int64_t spaces = size > 0 ? size - column % size : 0;
            aj_text_repeat(&text, ' ', spaces);
            column += spaces;
            continue;
        }
        aj_text_add_char(&text, c);
        if (c == '\n' || c == '\r') column = 0;
        else column += !is_continuation(c);
    }
    return aj_text_end(&text, out);
}

/* -- characters and numbers --------------------------------------------------------------------------------------- */

static int32_t in_base(aj_instance *self, int64_t value, const char *prefix, uint64_t base, aj_str **out) {
    char digits[80];
    size_t at = sizeof digits;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do digits[--at] = "0123456789abcdef"[left % base];
    while (left /= base);
    digits[--at] = prefix[1];
    digits[--at] = prefix[0];
    if (value < 0) digits[--at] = '-';
    return aj_str_new(self, digits + at, (int64_t)(sizeof digits - at), out);
}

int32_t aj_int_hex(aj_instance *self, int64_t value, aj_str **out) { return in_base(self, value, "0x", 16, out); }
int32_t aj_int_oct(aj_instance *self, int64_t value, aj_str **out) { return in_base(self, value, "0o", 8, out); }
int32_t aj_int_bin(aj_instance *self, int64_t value, aj_str **out) { return in_base(self, value, "0b", 2, out); }

int32_t aj_str_characters(aj_instance *self, const aj_str *a, aj_list **out) {
    int32_t status = aj_list_new(self, 1, 1, a->chars, out);
    if (status) return status;
    for (int64_t i = 0, bytes; i < a->bytes && !status; i += bytes) {
        bytes = character_bytes(a, i);
        status = aj_str_append_part(self, *out, a, i, bytes);
    }
    if (status) aj_release(self, &(*out)->head);
    return status;
}

/* C's "%f" and "%e" of the value as a float32, which is what torch formats. */
int32_t aj_float_fixed(aj_instance *self, double value, aj_str **out) {
    char digits[AJ_DOUBLE_BYTES];
    return aj_str_new(self, digits, (int64_t)aj_write_fixed(digits, (double)(float)value, 6), out);
}

int32_t aj_float_scientific(aj_instance *self, double value, aj_str **out) {
    char digits[AJ_DOUBLE_BYTES];
    return aj_str_new(self, digits, (int64_t)aj_write_scientific(digits, (double)(float)value, 6), out);
}
