/* Values in the memory form of C (model.h), in and out. */
#include "c_value.h"

#include "arena.h"
#include "dict.h"
#include "dlpack_export.h"
#include "libc.h"

typedef aj_c_form form;

static size_t aligned(size_t at, size_t alignment) { return (at + alignment - 1) / alignment * alignment; }

form aj_c_form_of(const aj_instance *self, const char *code) {
    switch (*code) {
    case 'b': return (form){1, 1};
    case 'n': return (form){0, 1};
    case 'c': return (form){sizeof(aotjit_complex), sizeof(double)};
    case 's':
    case 'L': return (form){sizeof(aotjit_list), sizeof(void *)};
    case 'D': return (form){sizeof(aotjit_dict), sizeof(void *)};
    case '(': {
        form whole = {0, 1};
        for (code++; *code && *code != ')'; code = aj_code_end(code)) {
            form part = aj_c_form_of(self, code);
            whole.bytes = aligned(whole.bytes, part.alignment) + part.bytes;
            if (part.alignment > whole.alignment) whole.alignment = part.alignment;
        }
        whole.bytes = aligned(whole.bytes, whole.alignment);
        return whole;
    }
    case 'C': return aj_c_class_form(self, code);
    case 'F': return (form){AJ_FUTURE_HEAD + aligned(aj_c_class_form(self, code).bytes, 8), 8};
    case 'A':
    case 'U': return aj_c_box_form(self, code);
    default: return (form){8, 8};
    }
}

/* -- in ----------------------------------------------------------------------------------------------------------- */

int32_t aj_import_c_tensor(aj_instance *self, const char *name, const DLTensor *in, aj_word *out) {
    aj_tensor *t = (aj_tensor *)aj_arena_alloc(self, sizeof(aj_tensor));
    if (!t) return AJ_MEMORY_ERROR;
    int32_t status = aj_import_dltensor(self, name, in, t);
    if (status) aj_arena_free(self, t, sizeof(aj_tensor));
    else *out = (aj_word)(uintptr_t)t;
    return status;
}

int32_t aj_from_c_list(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out) {
    const char *element = code + 1;
    const aotjit_list *in = (const aotjit_list *)memory;
    if (in->count < 0 || (in->count > 0 && !in->data)) {
        return aj_fail(self, AJ_VALUE_ERROR, "%s: a list of %lld elements without data", name, (long long)in->count);
    }
    aj_list *list = NULL;
    int32_t status = aj_list_new(self, aj_code_words(element), aj_code_references(element), in->count, &list);
    size_t step = aj_c_form_of(self, element).bytes;
    for (int64_t i = 0; i < in->count && !status; i++) {
        const char *item = (const char *)in->data + (size_t)i * step;
        status = aj_import_c(self, name, element, item, list->data + i * list->width);
        if (!status) list->length++;
    }
    if (status && list) aj_release(self, &list->head);
    if (!status) *out = (aj_word)(uintptr_t)list;
    return status;
}

int32_t aj_from_c_dict(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out) {
    const char *value = aj_code_end(++code);
    const aotjit_dict *in = (const aotjit_dict *)memory;
    if (in->count < 0 || (in->count > 0 && (!in->keys || !in->values))) {
        return aj_fail(self, AJ_VALUE_ERROR, "%s: a dict of %lld entries without data", name, (long long)in->count);
    }
    aj_dict *dict = NULL;
    aj_word words[2 + 64], *held = words + aj_code_words(code);
    int32_t status = aj_dict_new(self, aj_code_words(value), aj_code_references(value), *code, in->count, &dict);
    size_t key_step = aj_c_form_of(self, code).bytes, value_step = aj_c_form_of(self, value).bytes;
    for (int64_t i = 0; i < in->count && !status; i++) {
        status = aj_import_c(self, name, code, (const char *)in->keys + (size_t)i * key_step, words);
        if (status) break;
        status = aj_import_c(self, name, value, (const char *)in->values + (size_t)i * value_step, held);
        if (status) aj_release_value(self, code, words);
        else status = aj_dict_put(self, dict, words, held);
    }
    if (status && dict) aj_release(self, &dict->head);
    if (!status) *out = (aj_word)(uintptr_t)dict;
    return status;
}

int32_t aj_from_c_tuple(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out) {
    size_t at = 0;
    const char *first = code + 1;
    aj_word *slot = out;
    for (code++; *code && *code != ')'; code = aj_code_end(code)) {
        form part = aj_c_form_of(self, code);
        at = aligned(at, part.alignment);
        int32_t status = aj_import_c(self, name, code, (const char *)memory + at, slot);
        if (status) {
            for (; first != code; first = aj_code_end(first)) {
                aj_release_value(self, first, out);
                out += aj_code_words(first);
            }
            return status;
        }
        at += part.bytes;
        slot += aj_code_words(code);
    }
    return AJ_OK;
}

int32_t aj_from_c_optional(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out) {
    const char *element = code + 1;
    const void *held = *(const void *const *)memory;
    bool pointer = aj_code_is_pointer(element);
    if (!held) {
        int32_t words = pointer ? 1 : 1 + aj_code_words(element);
        for (int32_t i = 0; i < words; i++) out[i] = 0;
        return AJ_OK;
    }
    if (*element == 'T') return aj_import_c(self, name, element, memory, out);
    if (pointer) return aj_import_c(self, name, element, held, out);
    out[0] = 1;
    return aj_import_c(self, name, element, held, out + 1);
}

int32_t aj_from_c_str(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out) {
    const aotjit_str *text = (const aotjit_str *)memory;
    aj_str *s = NULL;
    (void)code;
    if (text->bytes < 0 || (text->bytes && !text->text)) {
        return aj_fail(self, AJ_VALUE_ERROR, "%s: a str of %lld bytes without text", name, (long long)text->bytes);
    }
    int32_t status = aj_str_new(self, text->text, text->bytes, &s);
    *out = (aj_word)(uintptr_t)s;
    return status;
}

int32_t aj_import_c(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out) {
    const aj_handlers *handlers = aj_handlers_of(self, code);
    if (handlers->from_c) return handlers->from_c(self, name, code, memory, out);
    switch (*code) {
    case 'T': return aj_import_c_tensor(self, name, *(const DLTensor *const *)memory, out);
    case 'b': *out = *(const unsigned char *)memory != 0; return AJ_OK;
    case 'n': return AJ_OK;
    default: memcpy(out, memory, sizeof(aj_word)); return AJ_OK;
    }
}

/* -- out ---------------------------------------------------------------------------------------------------------- */

int32_t aj_keep(aj_instance *self, aj_object *object) {
    int32_t status = self->kept ? AJ_OK : aj_list_new(self, 1, 1, 0, &self->kept);
    aj_word word = (aj_word)(uintptr_t)object;
    if (!status) status = aj_list_append(self, self->kept, &word);
    aj_release(self, object);
    return status;
}

/* Memory that lives as long as kept objects do: the data of a list. */
int32_t aj_kept_memory(aj_instance *self, size_t bytes, void **out) {
    aj_list *list = NULL;
    int32_t status = aj_list_new(self, 1, 0, (int64_t)(bytes / sizeof(aj_word)) + 1, &list);
    if (status) return status;
    *out = list->data;
    return aj_keep(self, &list->head);
}

int32_t aj_to_c_list(aj_instance *self, const char *code, const aj_word *value, void *memory) {
    const char *element = code + 1;
    aj_list *list = (aj_list *)aj_word_pointer(value[0]);
    size_t step = aj_c_form_of(self, element).bytes;
    void *data = NULL;
    int32_t status = aj_kept_memory(self, (size_t)list->length * step, &data);
    for (int64_t i = 0; i < list->length && !status; i++) {
        aj_word *slot = list->data + i * list->width;
        for (uint64_t r = list->references; r; r &= r - 1)
            aj_retain((aj_object *)aj_word_pointer(slot[__builtin_ctzll(r)]));
        status = aj_export_c(self, element, slot, (char *)data + (size_t)i * step);
    }
    *(aotjit_list *)memory = (aotjit_list){data, list->length};
    aj_release(self, &list->head);
    return status;
}

int32_t aj_to_c_dict(aj_instance *self, const char *code, const aj_word *value, void *memory) {
    const char *held = aj_code_end(++code);
    aj_dict *dict = (aj_dict *)aj_word_pointer(value[0]);
    size_t key_step = aj_c_form_of(self, code).bytes, value_step = aj_c_form_of(self, held).bytes;
    void *keys = NULL, *values = NULL;
    int64_t count = 0;
    int32_t status = aj_kept_memory(self, (size_t)dict->length * key_step, &keys);
    if (!status) status = aj_kept_memory(self, (size_t)dict->length * value_step, &values);
    for (int64_t i = dict->first; i < dict->used && !status; i++) {
        aj_word *entry = aj_dict_entry(dict, i), *words = aj_dict_value(dict, entry);
        if (!entry[0]) continue;
        if (aj_dict_counts_keys(dict)) aj_retain((aj_object *)aj_word_pointer(entry[1]));
        for (uint64_t r = dict->references; r; r &= r - 1) {
            aj_retain((aj_object *)aj_word_pointer(words[__builtin_ctzll(r)]));
        }
        status = aj_export_c(self, code, entry + 1, (char *)keys + (size_t)count * key_step);
        int32_t failed = aj_export_c(self, held, words, (char *)values + (size_t)count++ * value_step);
        if (failed) status = failed;
    }
    *(aotjit_dict *)memory = (aotjit_dict){keys, values, count};
    aj_release(self, &dict->head);
    return status;
}

int32_t aj_to_c_optional(aj_instance *self, const char *code, const aj_word *value, void *memory) {
    const char *element = code + 1;
    void **out = (void **)memory;
    *out = NULL;
    if (!value[0]) return AJ_OK;
    if (*element == 'T') return aj_export_c(self, element, value, memory);
    int32_t status = aj_kept_memory(self, aj_c_form_of(self, element).bytes, out);
    if (status) return status;
    return aj_export_c(self, element, aj_code_is_pointer(element) ? value : value + 1, *out);
}

int32_t aj_to_c_str(aj_instance *self, const char *code, const aj_word *value, void *memory) {
    aj_str *s = (aj_str *)aj_word_pointer(value[0]);
    (void)code;
    if (s->buffer) { /* a NUL must end what the host sees */
        aj_str *own = NULL;
        int32_t status = aj_str_new(self, s->text, s->bytes, &own);
        aj_release(self, &s->head);
        if (status) return status;
        s = own;
    }
    *(aotjit_str *)memory = (aotjit_str){s->text, s->bytes};
    return aj_keep(self, &s->head);
}

int32_t aj_to_c_tuple(aj_instance *self, const char *code, const aj_word *value, void *memory) {
    size_t at = 0;
    int32_t status = AJ_OK;
    for (code++; *code && *code != ')'; code = aj_code_end(code)) {
        form part = aj_c_form_of(self, code);
        at = aligned(at, part.alignment);
        int32_t failed = aj_export_c(self, code, value, (char *)memory + at);
        if (failed) status = failed;
        at += part.bytes;
        value += aj_code_words(code);
    }
    return status;
}

int32_t aj_export_c(aj_instance *self, const char *code, const aj_word *value, void *memory) {
    const aj_handlers *handlers = aj_handlers_of(self, code);
    if (handlers->to_c) return handlers->to_c(self, code, value, memory);
    switch (*code) {
    case 'T':
        return aj_export_tensor(self, (aj_tensor *)aj_word_pointer(value[0]), (DLManagedTensorVersioned **)memory);
    case 'b': *(unsigned char *)memory = value[0] != 0; return AJ_OK;
    case 'n': return AJ_OK;
    default: memcpy(memory, value, sizeof(aj_word)); return AJ_OK;
    }
}
