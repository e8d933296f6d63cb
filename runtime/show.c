/* Tensors as torch's C++ side prints them (ATen's Formatting.cpp decides the layout): 80 columns, four decimals, one
 * format for the whole matrix, the type and sizes in a last line; of complex elements the real parts only. */
#include "convert.h"
#include "text.h"
#include "value.h"

enum { LINE_WIDTH = 80 };

enum notation { WHOLE, FIXED, SCIENTIFIC };

typedef struct style {
    enum notation notation;
    double scale; /* elements are divided by it; 1 when there is no common factor */
    int32_t width;
} style;

static const char *type_name(int32_t dtype) {
    switch (dtype) {
    case AJ_U8: return "CPUByteType";
    case AJ_I8: return "CPUCharType";
    case AJ_I16: return "CPUShortType";
    case AJ_I32: return "CPUIntType";
    case AJ_I64: return "CPULongType";
    case AJ_F16: return "CPUHalfType";
    case AJ_F32: return "CPUFloatType";
    case AJ_F64: return "CPUDoubleType";
    case AJ_BF16: return "CPUBFloat16Type";
    case AJ_C64: return "CPUComplexFloatType";
    case AJ_C128: return "CPUComplexDoubleType";
    default: return "CPUBoolType";
    }
}

/* Walks the elements of a tensor's dims from `first` on in row-major order, starting at `base`. */
typedef struct cursor {
    const aj_tensor *t;
    int32_t first;
    const char *at;
    int64_t index[AJ_MAX_RANK];
} cursor;

static cursor cursor_at(const aj_tensor *t, int32_t first, const char *base) {
    return (cursor){.t = t, .first = first, .at = base};
}

static double cursor_next(cursor *c) {
    int64_t bytes = aj_dtype_bytes(c->t->dtype);
    double value = aj_load_double(c->at, c->t->dtype);
    for (int32_t d = c->t->ndim - 1; d >= c->first; d--) {
        c->at += c->t->strides[d] * bytes;
        if (++c->index[d] < c->t->sizes[d]) break;
        c->at -= c->t->strides[d] * bytes * c->t->sizes[d];
        c->index[d] = 0;
    }
    return value;
}

static bool is_finite(double value) { return value - value == 0; }

static double magnitude(double value) { return value < 0 ? -value : value; }

/* Digits before the decimal point: floor(log10(value)) + 1; 1 for zero. */
static int32_t decimal_exponent(double value) {
    char digits[AJ_DOUBLE_BYTES];
    if (value == 0) return 1;
    size_t bytes = aj_write_scientific(digits, value, 17);
    int32_t exponent = 0;
    size_t at = 0;
    while (digits[at] != 'e') at++;
    for (size_t i = at + 2; i < bytes; i++) exponent = exponent * 10 + (digits[i] - '0');
    return (digits[at + 1] == '-' ? -exponent : exponent) + 1;
}

static double power10(int32_t exponent) {
    char one = 1;
    return aj_read_decimal(&one, 1, exponent + 1);
}

static style style_of(cursor c, int64_t count) {
    bool whole = true, seen = false;
    double least = 1, most = 1;
    for (int64_t i = 0; i < count; i++) {
        double value = cursor_next(&c);
        if (!is_finite(value)) continue;
        double size = magnitude(value);
        if (size < 0x1p53 && (double)(int64_t)value != value) whole = false;
        if (!seen) least = most = size;
        seen = true;
        if (size < least) least = size;
        if (size > most) most = size;
    }
    int32_t low = decimal_exponent(least), high = decimal_exponent(most);
    if (whole) return high > 9 ? (style){SCIENTIFIC, 1, 11} : (style){WHOLE, 1, high + 1};
    if (high - low > 4) return (style){SCIENTIFIC, 1, high > 99 || high < -99 || low > 99 || low < -99 ? 12 : 11};
    if (high > 5 || high < 0) return (style){FIXED, power10(high - 1), 7};
    return (style){FIXED, 1, high == 0 ? 7 : high + 6};
}

static void add_element(aj_text *text, const style *s, double value) {
    char digits[AJ_DOUBLE_BYTES];
    size_t bytes;
    value /= s->scale;
    if (s->notation == WHOLE) bytes = aj_write_general(digits, value, 6);
    else if (s->notation == FIXED) bytes = aj_write_fixed(digits, value, 4);
    else bytes = aj_write_scientific(digits, value, 4);
    aj_text_repeat(text, ' ', s->width - (int64_t)bytes);
    aj_text_add(text, digits, bytes);
}

static void add_scale(aj_text *text, double scale) {
    char digits[AJ_DOUBLE_BYTES];
    aj_text_add(text, digits, aj_write_shortest(digits, scale));
    aj_text_add(text, " *\n", 3);
}

static void add_matrix(aj_text *text, const aj_tensor *t, const char *base, int32_t indent) {
    const int64_t rows = t->sizes[t->ndim - 2], columns = t->sizes[t->ndim - 1];
    const style s = style_of(cursor_at(t, t->ndim - 2, base), rows * columns);
    const int64_t bytes = aj_dtype_bytes(t->dtype), per_line = (LINE_WIDTH - indent) / (s.width + 1);
    for (int64_t first = 0; first < columns; first += per_line) {
        int64_t end = first + per_line < columns ? first + per_line : columns;
        if (per_line < columns) {
            if (first) aj_text_add_char(text, '\n');
            aj_text_add_c(text, "Columns ");
            aj_text_add_int(text, first + 1);
            aj_text_add_c(text, " to ");
            aj_text_add_int(text, end);
            aj_text_repeat(text, ' ', indent);
        }
        if (s.scale != 1) {
            add_scale(text, s.scale);
            aj_text_repeat(text, ' ', indent);
        }
        for (int64_t i = 0; i < rows; i++) {
            for (int64_t j = first; j < end; j++) {
                const char *element = base + (i * t->strides[t->ndim - 2] + j * t->strides[t->ndim - 1]) * bytes;
                add_element(text, &s, aj_load_double(element, t->dtype));
                aj_text_add_char(text, j + 1 == end ? '\n' : ' ');
            }
            if (i + 1 == rows) continue;
            aj_text_repeat(text, ' ', indent + (s.scale != 1));
        }
    }
}

static void add_matrices(aj_text *text, const aj_tensor *t) {
    const int32_t outer = t->ndim - 2;
    const int64_t bytes = aj_dtype_bytes(t->dtype);
    int64_t index[AJ_MAX_RANK] = {0};
    for (bool first = true;; first = false) {
        const char *base = (const char *)t->data;
        if (!first) aj_text_add_char(text, '\n');
        aj_text_add_char(text, '(');
        for (int32_t d = 0; d < outer; d++) {
            base += index[d] * t->strides[d] * bytes;
            aj_text_add_int(text, index[d] + 1);
            aj_text_add_char(text, ',');
        }
        aj_text_add_c(text, ".,.) = \n");
        add_matrix(text, t, base, 1);
        int32_t d = 0; /* the first dim runs fastest */
        for (; d < outer; d++) {
            if (++index[d] < t->sizes[d]) break;
            index[d] = 0;
        }
        if (d == outer) return;
    }
}

static void add_vector(aj_text *text, const aj_tensor *t) {
    cursor c = cursor_at(t, 0, (const char *)t->data);
    style s = style_of(c, t->numel);
    if (s.scale != 1) add_scale(text, s.scale);
    for (int64_t i = 0; i < t->numel; i++) {
        add_element(text, &s, cursor_next(&c));
        aj_text_add_char(text, '\n');
    }
}

int32_t aj_show_tensor(aj_text *text, const char *code, const aj_word *words) {
    const aj_tensor *t = (const aj_tensor *)aj_word_pointer(words[0]);
    (void)code;
    if (t->ndim == 0) {
        char digits[AJ_DOUBLE_BYTES];
        aj_text_add(text, digits, aj_write_shortest(digits, aj_load_double(t->data, t->dtype)));
        aj_text_add_char(text, '\n');
    } else if (t->numel > 0) {
        if (t->ndim == 1) add_vector(text, t);
        else if (t->ndim == 2) add_matrix(text, t, (const char *)t->data, 0);
        else add_matrices(text, t);
    }
    aj_text_add(text, "[ ", 2);
    aj_text_add_c(text, type_name(t->dtype));
    aj_text_add_char(text, '{');
    for (int32_t d = 0; d < t->ndim; d++) {
        if (d) aj_text_add_char(text, ',');
        aj_text_add_int(text, t->sizes[d]);
    }
    aj_text_add(text, "} ]", 3);
    return AJ_OK;
}
