#include "crossing.h"

#include "dict.h"
#include "dtype.h"
#include "libc.h"
#include "operators.h"

const aj_tensor_spec aj_inside_spec = {.dtype = AJ_ANY_DTYPE, .rank = AJ_ANY_RANK, .flags = AJ_SPEC_WRITTEN};

static bool is_name(const char *name, const char *text, size_t bytes) {
    return strlen(name) == bytes && memcmp(name, text, bytes) == 0;
}

static size_t name_bytes(const char *at) {
    size_t bytes = 0;
    while (at[bytes] && at[bytes] != '|' && at[bytes] != '}') bytes++;
    return bytes;
}

const aj_class *aj_crossing_class(const aj_instance *self, const char *code) {
    const char *name = code + 2;
    size_t bytes = name_bytes(name);
    for (int32_t i = 0; i < self->model->class_count; i++) {
        const aj_class *class_ = self->model->classes[i];
        if (is_name(class_->name, name, bytes) || is_name(class_->name + sizeof "__torch__", name, bytes)) return class_;
    }
    return NULL;
}

bool aj_alternative(const aj_instance *self, const char *code, int32_t number, const aj_class **out) {
    const aj_model *model = self->model;
    *out = NULL;
    if (number < 0) return false;
    if (*code == 'A') {
        if (number > 0 && number <= model->box_count) *out = model->boxes[number - 1];
        return number <= model->box_count;
    }
    const char *at = code + 2;
    for (; number > 0; number--) {
        at += name_bytes(at);
        if (*at != '|') return false;
        at++;
    }
    size_t bytes = name_bytes(at);
    if (is_name("None", at, bytes)) return true;
    for (int32_t i = 0; i < model->box_count && !*out; i++) {
        if (is_name(model->boxes[i]->name, at, bytes)) *out = model->boxes[i];
    }
    return *out != NULL;
}

int64_t aj_enum_count(const char *code) {
    int64_t count = 0;
    for (; *code && *code != '}'; code++) count += *code == '|';
    return count;
}

static int32_t check_entries(aj_instance *self, const char *name, const char *key, const int32_t *dtypes,
                             const aj_dict *dict) {
    const char *value = aj_code_end(key);
    const int32_t *of_values = dtypes + aj_code_tensors(key);
    int32_t status = AJ_OK;
    for (int64_t i = dict->first; i < dict->used && !status; i++) {
        aj_word *entry = aj_dict_entry(dict, i);
        if (!entry[0]) continue;
        status = aj_check_inside(self, name, key, dtypes, entry + 1);
        if (!status) status = aj_check_inside(self, name, value, of_values, aj_dict_value(dict, entry));
    }
    return status;
}

static int32_t check_dtype(aj_instance *self, const char *name, int32_t dtype, const aj_tensor *t) {
    if (dtype == AJ_ANY_DTYPE || t->dtype == dtype) return AJ_OK;
    return aj_fail(self, AJ_TYPE_ERROR, "%s: expected %s in an instance or a value of several types, got %s", name,
                   aj_dtype_name(dtype), aj_dtype_name(t->dtype));
}

int32_t aj_check_inside(aj_instance *self, const char *name, const char *code, const int32_t *dtypes,
                        const aj_word *words) {
    int32_t status = AJ_OK;
    if (!aj_code_tensors(code)) return AJ_OK; /* instances and boxes in it were looked at when they came in */
    switch (*code) {
    case 'T': return check_dtype(self, name, *dtypes, (const aj_tensor *)aj_word_pointer(words[0]));
    case 'L': {
        const aj_list *list = (const aj_list *)aj_word_pointer(words[0]);
        for (int64_t i = 0; i < list->length && !status; i++)
            status = aj_check_inside(self, name, code + 1, dtypes, list->data + i * list->width);
        return status;
    }
    case 'D': return check_entries(self, name, code + 1, dtypes, (const aj_dict *)aj_word_pointer(words[0]));
    case 'O':
        if (!words[0]) return AJ_OK;
        return aj_check_inside(self, name, code + 1, dtypes, aj_code_is_pointer(code + 1) ? words : words + 1);
    case '(':
        for (code++; *code && *code != ')' && !status; code = aj_code_end(code)) {
            status = aj_check_inside(self, name, code, dtypes, words);
            words += aj_code_words(code);
            dtypes += aj_code_tensors(code);
        }
        return status;
    default: return AJ_OK;
    }
}

int32_t aj_fail_nested(aj_instance *self, const char *name) {
    return aj_fail(self, AJ_VALUE_ERROR, "%s: instances refer to each other in a cycle, or are more than %d deep",
                   name ? name : "the result", (int)AJ_MOST_NESTED);
}
