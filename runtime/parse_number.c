/* int(str) and float(str), as C++'s std::stoll and std::stod read them: spaces in front, nothing behind, no '_', and an
 * error where the number does not fit. Hexadecimal floats are not read. */
#include "libc.h"
#include "operators.h"
#include "text.h"

typedef struct scanner {
    const char *at, *end;
} scanner;

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static scanner behind_spaces(const aj_str *a) {
    scanner s = {a->text, a->text + a->bytes};
    while (s.at < s.end && is_space(*s.at)) s.at++;
    return s;
}

static bool take(scanner *s, char c) {
    if (s->at == s->end || *s->at != c) return false;
    s->at++;
    return true;
}

static bool is_digit(const scanner *s) { return s->at < s->end && *s->at >= '0' && *s->at <= '9'; }

int32_t aj_str_to_int(aj_instance *self, const aj_str *a, int64_t *out) {
    scanner s = behind_spaces(a);
    bool negative = take(&s, '-');
    if (!negative) take(&s, '+');
    bool valid = is_digit(&s);
    int64_t value = 0;
    while (is_digit(&s)) {
        int64_t digit = *s.at++ - '0';
        valid &= !__builtin_mul_overflow(value, 10, &value);
        valid &= !__builtin_sub_overflow(value, digit, &value); /* downwards, so that the least int fits */
    }
    if (!valid || s.at != s.end || (!negative && value == INT64_MIN)) {
        return aj_fail(self, AJ_VALUE_ERROR, "invalid literal for int(): '%S'", a);
    }
    *out = negative ? value : -value;
    return AJ_OK;
}

static bool take_word(scanner *s, const char *word) {
    size_t bytes = strlen(word);
    if ((size_t)(s->end - s->at) != bytes) return false;
    for (size_t i = 0; i < bytes; i++) {
        if ((s->at[i] | 0x20) != word[i]) return false;
    }
    s->at = s->end;
    return true;
}

/* Some digits with or without a point, and nothing else. The digits as one int and a power of ten that are both exact
 * give the nearest double by one division (Clinger 1990). */
static bool take_short(scanner *s, double *out) {
    static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    if (s->end - s->at > (int64_t)(sizeof powers / sizeof *powers)) return false;
    const char *fraction = NULL;
    uint64_t value = 0;
    for (const char *at = s->at; at < s->end; at++) {
        uint32_t digit = (uint32_t)(unsigned char)*at - '0';
        if (digit < 10) value = value * 10 + digit;
        else if (*at == '.' && !fraction) fraction = at + 1;
        else return false;
    }
    if (s->end - s->at == (fraction != NULL) || value > (uint64_t)1 << 53) return false;
    *out = (double)(int64_t)value;
    if (fraction) *out /= powers[s->end - fraction];
    s->at = s->end;
    return true;
}

/* Decimal digits with an exponent; correctly rounded by aj_read_decimal. */
static bool take_decimal(scanner *s, double *out) {
    char digits[800];
    int32_t count = 0, point = 0;
    bool any = false, fraction = false;
    for (;; s->at++) {
        if (!fraction && s->at < s->end && *s->at == '.') {
            fraction = true;
            continue;
        }
        if (!is_digit(s)) break;
        any = true;
        if (count == 0 && *s->at == '0') {
            if (fraction) point--;
            continue;
        }
        if (count < (int32_t)sizeof digits) digits[count++] = (char)(*s->at - '0');
        if (!fraction) point++;
    }
    if (!any) return false;
    if (s->at < s->end && (*s->at | 0x20) == 'e') {
        s->at++;
        bool negative = take(s, '-');
        if (!negative) take(s, '+');
        if (!is_digit(s)) return false;
        int32_t exponent = 0;
        for (; is_digit(s); s->at++) exponent = exponent < 100000 ? exponent * 10 + (*s->at - '0') : exponent;
        point += negative ? -exponent : exponent;
    }
    *out = aj_read_decimal(digits, count, point);
    /* Too large, or too small for all the digits. */
    return count == 0 || (*out <= __DBL_MAX__ && *out >= __DBL_MIN__);
}

int32_t aj_str_to_float(aj_instance *self, const aj_str *a, double *out) {
    scanner s = behind_spaces(a);
    bool negative = take(&s, '-');
    if (!negative) take(&s, '+');
    double value = 0;
    bool valid = true;
    if (take_short(&s, &value)) valid = true;
    else if (take_word(&s, "inf") || take_word(&s, "infinity")) value = (double)__builtin_inff();
    else if (take_word(&s, "nan")) value = (double)__builtin_nanf("");
    else valid = take_decimal(&s, &value);
    if (!valid || s.at != s.end) return aj_fail(self, AJ_VALUE_ERROR, "could not convert string to float: '%S'", a);
    *out = negative ? -value : value;
    return AJ_OK;
}
