/* str(), str.format and print, as TorchScript writes values (torch's operator<< of IValue). */
#include "crossing.h"
#include "dict.h"
#include "instance.h"
#include "libc.h"
#include "operators.h"
#include "text.h"
#include "value.h"

static int32_t show_value(aj_text *text, const char *code, const aj_word *words) {
    const aj_handlers *handlers = aj_handlers_of(text->self, code);
    if (handlers->show) return handlers->show(text, code, words);
    switch (*code) {
    case 'i': aj_text_add_int(text, (int64_t)words[0]); return AJ_OK;
    case 'b': aj_text_add_c(text, words[0] ? "True" : "False"); return AJ_OK;
    case 'n': aj_text_add(text, "None", 4); return AJ_OK;
    case 'd': aj_text_add(text, "cpu", 3); return AJ_OK;
    case 's': {
        const aj_str *s = (const aj_str *)aj_word_pointer(words[0]);
        aj_text_add(text, s->text, (size_t)s->bytes);
        return AJ_OK;
    }
    default: return aj_fail(text->self, AJ_NOT_IMPLEMENTED, "a value of this type cannot be printed");
    }
}

/* Whole numbers that fit in 64 bits as "5.", others with 17 significant digits. */
int32_t aj_show_float(aj_text *text, const char *code, const aj_word *words) {
    char digits[AJ_DOUBLE_BYTES];
    double value = aj_word_double(words[0]);
    (void)code;
    if (value >= -0x1p63 && value < 0x1p63 && (double)(int64_t)value == value) {
        aj_text_add_int(text, (int64_t)value);
        aj_text_add_char(text, '.');
    } else {
        aj_text_add(text, digits, aj_write_general(digits, value, 17));
    }
    return AJ_OK;
}

int32_t aj_show_list(aj_text *text, const char *code, const aj_word *words) {
    const aj_list *list = (const aj_list *)aj_word_pointer(words[0]);
    aj_text_add_char(text, '[');
    for (int64_t i = 0; i < list->length; i++) {
        if (i) aj_text_add(text, ", ", 2);
        int32_t status = show_value(text, code + 1, list->data + i * list->width);
        if (status) return status;
    }
    aj_text_add_char(text, ']');
    return AJ_OK;
}

int32_t aj_show_dict(aj_text *text, const char *code, const aj_word *words) {
    const aj_dict *dict = (const aj_dict *)aj_word_pointer(words[0]);
    const char *key = code + 1, *value = aj_code_end(key);
    bool first = true;
    aj_text_add_char(text, '{');
    for (int64_t i = dict->first; i < dict->used; i++) {
        aj_word *entry = aj_dict_entry(dict, i);
        if (!entry[0]) continue;
        if (!first) aj_text_add(text, ", ", 2);
        first = false;
        int32_t status = show_value(text, key, entry + 1);
        if (status) return status;
        aj_text_add(text, ": ", 2);
        status = show_value(text, value, aj_dict_value(dict, entry));
        if (status) return status;
    }
    aj_text_add_char(text, '}');
    return AJ_OK;
}

int32_t aj_show_tuple(aj_text *text, const char *code, const aj_word *words) {
    int32_t count = 0;
    aj_text_add_char(text, '(');
    for (code++; *code && *code != ')'; code = aj_code_end(code), count++) {
        if (count) aj_text_add(text, ", ", 2);
        int32_t status = show_value(text, code, words);
        if (status) return status;
        words += aj_code_words(code);
    }
    aj_text_add_c(text, count == 1 ? ",)" : ")");
    return AJ_OK;
}

/* A value of one static type is as deep as its type: what holds itself does so through a box. */
int32_t aj_show_box(aj_text *text, const char *code, const aj_word *words) {
    const aj_record *box = (const aj_record *)aj_word_pointer(words[0]);
    (void)code;
    if (!box) return show_value(text, "n", words);
    if (text->nested == AJ_MOST_NESTED) {
        return aj_fail(text->self, AJ_RUNTIME_ERROR, "a value that holds itself, or is more than %d deep, cannot be "
                       "printed", (int)AJ_MOST_NESTED);
    }
    text->nested++;
    int32_t status = show_value(text, box->type->code, box->words);
    text->nested--;
    return status;
}

int32_t aj_show_optional(aj_text *text, const char *code, const aj_word *words) {
    if (words[0] == 0) return show_value(text, "n", words);
    return show_value(text, code + 1, aj_code_is_pointer(code + 1) ? words : words + 1);
}

static int32_t finish(aj_text *text, int32_t status, aj_str **out) {
    if (status == AJ_OK) return aj_text_end(text, out);
    aj_text_discard(text);
    return status;
}

int32_t aj_str_of(aj_instance *self, const char *code, const aj_word *words, aj_str **out) {
    aj_text text = aj_text_begin(self);
    return finish(&text, show_value(&text, code, words), out);
}

int32_t aj_format(aj_instance *self, const aj_str *template_, const char *codes, const aj_word *words, aj_str **out) {
    aj_text text = aj_text_begin(self);
    const char *at = template_->text, *end = at + template_->bytes;
    while (at < end) {
        if (at + 1 < end && at[0] == '{' && at[1] == '}') {
            if (!*codes) {
                aj_text_discard(&text);
                return aj_fail(self, AJ_RUNTIME_ERROR, "Too few arguments for format string: %S", template_);
            }
            int32_t status = show_value(&text, codes, words);
            if (status) return finish(&text, status, out);
            words += aj_code_words(codes);
            codes = aj_code_end(codes);
            at += 2;
            continue;
        }
        const char *next = at + 1;
        while (next < end && *next != '{') next++;
        aj_text_add(&text, at, (size_t)(next - at));
        at = next;
    }
    return aj_text_end(&text, out);
}

static void emit(aj_instance *self, const char *data, size_t bytes) {
    if (self->options.print) {
        self->options.print(self->options.context, data, bytes);
        return;
    }
    while (bytes > 0) {
        long written = write(1, data, bytes);
        if (written <= 0) return; /* a closed standard output must not stop the model */
        data += written;
        bytes -= (size_t)written;
    }
}

int32_t aj_print(aj_instance *self, const char *codes, const aj_word *words) {
    aj_text text = aj_text_begin(self);
    for (bool first = true; *codes; first = false) {
        if (!first) aj_text_add_char(&text, ' ');
        int32_t status = show_value(&text, codes, words);
        if (status) {
            aj_text_discard(&text);
            return status;
        }
        words += aj_code_words(codes);
        codes = aj_code_end(codes);
    }
    aj_text_add_char(&text, '\n');
    if (text.status == AJ_OK) emit(self, text.data, text.bytes);
    int32_t status = text.status;
    aj_text_discard(&text);
    return status;
}
