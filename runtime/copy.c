/* Copies of values: all of a value (`borrowed` false), or only what the arena does not own. */
#include "dict.h"
#include "instance.h"
#include "libc.h"
#include "operators.h"

static int32_t copy_value(aj_instance *self, bool borrowed, const char *code, const aj_word *value, aj_word *out) {
    const aj_handlers *handlers = aj_handlers_of(self, code);
    bool pointer = aj_code_is_pointer(code);
    if (handlers->copy && (value[0] || !pointer)) return handlers->copy(self, borrowed, code, value, out);
    if (pointer) aj_retain((aj_object *)aj_word_pointer(value[0]));
    if (*code != 'n') out[0] = value[0];
    return AJ_OK;
}

int32_t aj_copy_value(aj_instance *self, const char *code, const aj_word *value, aj_word *out) {
    return copy_value(self, false, code, value, out);
}

int32_t aj_own(aj_instance *self, const char *code, const aj_word *value, aj_word *out) {
    return copy_value(self, true, code, value, out);
}

/* The arena owns the tensor's memory, so that keeping a reference keeps it alive. */
static bool is_owned(const aj_tensor *t) {
    return t->head.refcount >= 0 && t->storage && t->storage->head.kind == AJ_STORAGE &&
           t->storage->head.refcount >= 0 && !t->storage->release;
}

static bool tensors_last(const char *code, const aj_word *value);

/* An instance of a class does unless it came from the caller; the chains and rings that instances form are not walked. */
static bool record_lasts(const aj_record *record) {
    if (!record) return true;
    if (record->type->fields) return !(record->head.flags & AJ_FROM_CALLER);
    return tensors_last(record->type->code, record->words);
}

static bool list_lasts(const char *element, const aj_list *list) {
    bool lasts = true;
    for (int64_t i = 0; i < list->length && lasts; i++) lasts = tensors_last(element, list->data + i * list->width);
    return lasts;
}

static bool dict_lasts(const char *key, const aj_dict *dict) {
    const char *value = aj_code_end(key);
    bool lasts = true;
    for (int64_t i = dict->first; i < dict->used && lasts; i++) {
        aj_word *entry = aj_dict_entry(dict, i);
        if (entry[0]) lasts = tensors_last(key, entry + 1) && tensors_last(value, aj_dict_value(dict, entry));
    }
    return lasts;
}

/* Does every tensor in the value have memory that a reference keeps? Containers do unless they are constants. */
static bool tensors_last(const char *code, const aj_word *value) {
    const aj_object *object = (const aj_object *)aj_word_pointer(value[0]);
    switch (*code) {
    case 'T': return is_owned((const aj_tensor *)object);
    case 'L':
        return object->refcount >= 0 &&
               (!aj_code_references(code + 1) || list_lasts(code + 1, (const aj_list *)object));
    case 'D': return object->refcount >= 0 && dict_lasts(code + 1, (const aj_dict *)object);
    case 'O':
        if (!value[0]) return true;
        return tensors_last(code + 1, aj_code_is_pointer(code + 1) ? value : value + 1);
    case 'C':
    case 'F':
    case 'A':
    case 'U': return record_lasts((const aj_record *)object);
    case '(':
        for (code++; *code && *code != ')'; code = aj_code_end(code)) {
            if (!tensors_last(code, value)) return false;
            value += aj_code_words(code);
        }
        return true;
    default: return true;
    }
}

/* The object itself is enough. */
static int32_t share(const aj_word *value, aj_word *out) {
    aj_retain((aj_object *)aj_word_pointer(value[0]));
    out[0] = value[0];
    return AJ_OK;
}

static int32_t give(int32_t status, const void *copy, aj_word *out) {
    if (!status) out[0] = (aj_word)(uintptr_t)copy;
    return status;
}

int32_t aj_copy_tensor(aj_instance *self, bool borrowed, const char *code, const aj_word *value, aj_word *out) {
    aj_tensor *t = (aj_tensor *)aj_word_pointer(value[0]), *copy = NULL;
    (void)code;
    if (borrowed && is_owned(t)) return share(value, out);
    int32_t status = aj_clone(self, t, &copy);
    return give(status, copy, out);
}

int32_t aj_copy_str(aj_instance *self, bool borrowed, const char *code, const aj_word *value, aj_word *out) {
    const aj_str *text = (const aj_str *)aj_word_pointer(value[0]);
    aj_str *copy = NULL;
    (void)borrowed;
    (void)code;
    if (text->head.refcount >= 0) return share(value, out);
    int32_t status = aj_str_new(self, text->text, text->bytes, &copy);
    return give(status, copy, out);
}

int32_t aj_copy_list(aj_instance *self, bool borrowed, const char *code, const aj_word *value, aj_word *out) {
    const aj_list *list = (const aj_list *)aj_word_pointer(value[0]);
    aj_list *copy = NULL;
    if (borrowed && tensors_last(code, value)) return share(value, out);
    int32_t status = aj_list_new(self, list->width, list->references, list->length, &copy);
    for (int64_t i = 0; i < list->length && !status; i++) {
        status = copy_value(self, borrowed, code + 1, list->data + i * list->width, copy->data + i * list->width);
        if (!status) copy->length++;
    }
    if (status && copy) aj_release(self, &copy->head);
    return give(status, copy, out);
}

int32_t aj_copy_dict(aj_instance *self, bool borrowed, const char *code, const aj_word *value, aj_word *out) {
    const aj_dict *dict = (const aj_dict *)aj_word_pointer(value[0]);
    const char *held = aj_code_end(++code);
    aj_dict *copy = NULL;
    aj_word words[2 + 64], *copied = words + aj_dict_key_words(dict);
    if (borrowed && tensors_last(code - 1, value)) return share(value, out);
    int32_t status = aj_dict_new(self, dict->width, dict->references, dict->key, dict->length, &copy);
    for (int64_t i = dict->first; i < dict->used && !status; i++) {
        aj_word *entry = aj_dict_entry(dict, i);
        if (!entry[0]) continue;
        status = copy_value(self, borrowed, code, entry + 1, words);
        if (status) break;
        status = copy_value(self, borrowed, held, aj_dict_value(dict, entry), copied);
        if (status) aj_release_value(self, code, words);
        else status = aj_dict_put(self, copy, words, copied);
    }
    if (status && copy) aj_release(self, &copy->head);
    return give(status, copy, out);
}

int32_t aj_copy_optional(aj_instance *self, bool borrowed, const char *code, const aj_word *value, aj_word *out) {
    if (aj_code_is_pointer(++code)) return copy_value(self, borrowed, code, value, out);
    out[0] = value[0];
    int32_t words = aj_code_words(code);
    if (value[0]) return copy_value(self, borrowed, code, value + 1, out + 1);
    for (int32_t i = 1; i <= words; i++) out[i] = 0;
    return AJ_OK;
}

int32_t aj_copy_tuple(aj_instance *self, bool borrowed, const char *code, const aj_word *value, aj_word *out) {
    const char *first = code + 1;
    const aj_word *first_out = out;
    for (code++; *code && *code != ')'; code = aj_code_end(code)) {
        int32_t status = copy_value(self, borrowed, code, value, out);
        if (status) {
            for (const char *done = first; done != code; done = aj_code_end(done)) {
                aj_release_value(self, done, first_out);
                first_out += aj_code_words(done);
            }
            return status;
        }
        value += aj_code_words(code);
        out += aj_code_words(code);
    }
    return AJ_OK;
}

/* An instance is shared. What lies in the caller's memory is replaced in it, once. */
int32_t aj_copy_class(aj_instance *self, bool borrowed, const char *code, const aj_word *value, aj_word *out) {
    aj_record *record = (aj_record *)aj_word_pointer(value[0]), *old = NULL;
    (void)code;
    if (!borrowed || record_lasts(record)) return share(value, out);
    int32_t status = aj_record_new(self, record->type, &old);
    if (status) return status;
    record->head.flags &= (uint16_t)~AJ_FROM_CALLER; /* its fields may lead back to it */
    status = copy_value(self, borrowed, record->type->code, record->words, old->words);
    if (status) {
        record->head.flags |= AJ_FROM_CALLER;
        memset(old->words, 0, (size_t)record->type->words * sizeof *old->words);
    }
    for (int32_t i = 0; i < record->type->words && !status; i++) {
        aj_word word = record->words[i];
        record->words[i] = old->words[i];
        old->words[i] = word;
    }
    aj_release(self, &old->head);
    return status ? status : share(value, out);
}

/* A future that comes from a caller is a record that nothing changes any more. */
int32_t aj_copy_future(aj_instance *self, bool borrowed, const char *code, const aj_word *value, aj_word *out) {
    return aj_copy_class(self, borrowed, code, value, out);
}

/* Nothing changes a box, so that another one may hold the copy. */
int32_t aj_copy_box(aj_instance *self, bool borrowed, const char *code, const aj_word *value, aj_word *out) {
    const aj_record *record = (const aj_record *)aj_word_pointer(value[0]);
    aj_record *copy = NULL;
    if (!borrowed || record_lasts(record)) return share(value, out);
    if (record->type->fields) return aj_copy_class(self, borrowed, code, value, out);
    int32_t status = aj_record_new(self, record->type, &copy);
    if (status) return status;
    status = copy_value(self, borrowed, record->type->code, record->words, copy->words);
    if (status) {
        memset(copy->words, 0, (size_t)record->type->words * sizeof *copy->words);
        aj_release(self, &copy->head);
    }
    return give(status, copy, out);
}
