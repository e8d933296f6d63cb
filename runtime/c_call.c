/* Calls from C: values in the memory form of model.h, in and out. */
#include "arena.h"
#include "call.h"
#include "dict.h"
#include "dlpack_export.h"
#include "dtype.h"
#include "libc.h"
#include "operators.h"
#include "tensor.h"

typedef struct form {
    size_t bytes, alignment;
} form;

static size_t aligned(size_t at, size_t alignment) { return (at + alignment - 1) / alignment * alignment; }

/* Size and alignment of a type's memory form. */
static form form_of(const char *code) {
    switch (*code) {
    case 'b': return (form){1, 1};
    case 'n': return (form){0, 1};
    case 's':
    case 'L': return (form){sizeof(aotjit_list), sizeof(void *)};
    case 'D': return (form){sizeof(aotjit_dict), sizeof(void *)};
    case '(': {
        form whole = {0, 1};
        for (code++; *code && *code != ')'; code = aj_code_end(code)) {
            form part = form_of(code);
            whole.bytes = aligned(whole.bytes, part.alignment) + part.bytes;
            if (part.alignment > whole.alignment) whole.alignment = part.alignment;
        }
        whole.bytes = aligned(whole.bytes, whole.alignment);
        return whole;
    }
    default: return (form){8, 8};
    }
}

/* -- in ----------------------------------------------------------------------------------------------------------- */

static int32_t import_value(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out);

static int32_t import_tensor(aj_instance *self, const char *name, const DLTensor *in, aj_word *out) {
    aj_tensor *t = (aj_tensor *)aj_arena_alloc(self, sizeof(aj_tensor));
    if (!t) return AJ_MEMORY_ERROR;
    int32_t status = aj_import_dltensor(self, name, in, t);
    if (status) aj_arena_free(self, t, sizeof(aj_tensor));
    else *out = (aj_word)(uintptr_t)t;
    return status;
}

static int32_t import_list(aj_instance *self, const char *name, const char *element, const aotjit_list *in,
                           aj_word *out) {
    if (in->count < 0 || (in->count > 0 && !in->data)) {
        return aj_fail(self, AJ_VALUE_ERROR, "%s: a list of %lld elements without data", name, (long long)in->count);
    }
    aj_list *list = NULL;
    int32_t status = aj_list_new(self, aj_code_words(element), aj_code_references(element), in->count, &list);
    size_t step = form_of(element).bytes;
    for (int64_t i = 0; i < in->count && !status; i++) {
        const char *memory = (const char *)in->data + (size_t)i * step;
        status = import_value(self, name, element, memory, list->data + i * list->width);
        if (!status) list->length++;
    }
    if (status && list) aj_release(self, &list->head);
    if (!status) *out = (aj_word)(uintptr_t)list;
    return status;
}

static int32_t import_dict(aj_instance *self, const char *name, const char *code, const aotjit_dict *in,
                           aj_word *out) {
    const char *value = aj_code_end(code);
    if (in->count < 0 || (in->count > 0 && (!in->keys || !in->values))) {
        return aj_fail(self, AJ_VALUE_ERROR, "%s: a dict of %lld entries without data", name, (long long)in->count);
    }
    aj_dict *dict = NULL;
    aj_word words[1 + 64];
    int32_t status = aj_dict_new(self, aj_code_words(value), aj_code_references(value), *code, in->count, &dict);
    size_t key_step = form_of(code).bytes, value_step = form_of(value).bytes;
    for (int64_t i = 0; i < in->count && !status; i++) {
        status = import_value(self, name, code, (const char *)in->keys + (size_t)i * key_step, words);
        if (status) break;
        status = import_value(self, name, value, (const char *)in->values + (size_t)i * value_step, words + 1);
        if (status) aj_release_value(self, code, words);
        else status = aj_dict_put(self, dict, words, words + 1);
    }
    if (status && dict) aj_release(self, &dict->head);
    if (!status) *out = (aj_word)(uintptr_t)dict;
    return status;
}

static int32_t import_tuple(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out) {
    size_t at = 0;
    const char *first = code + 1;
    aj_word *slot = out;
    for (code++; *code && *code != ')'; code = aj_code_end(code)) {
        form part = form_of(code);
        at = aligned(at, part.alignment);
        int32_t status = import_value(self, name, code, (const char *)memory + at, slot);
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

static int32_t import_optional(aj_instance *self, const char *name, const char *element, const void *memory,
                               aj_word *out) {
    const void *held = *(const void *const *)memory;
    bool pointer = aj_code_is_pointer(element);
    if (!held) {
        int32_t words = pointer ? 1 : 1 + aj_code_words(element);
        for (int32_t i = 0; i < words; i++) out[i] = 0;
        return AJ_OK;
    }
    if (*element == 'T') return import_value(self, name, element, memory, out);
    if (pointer) return import_value(self, name, element, held, out);
    out[0] = 1;
    return import_value(self, name, element, held, out + 1);
}

static int32_t import_value(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out) {
    switch (*code) {
    case 'T': return import_tensor(self, name, *(const DLTensor *const *)memory, out);
    case 'b': *out = *(const unsigned char *)memory != 0; return AJ_OK;
    case 'n': return AJ_OK;
    case 's': {
        const aotjit_str *text = (const aotjit_str *)memory;
        aj_str *s = NULL;
        if (text->bytes < 0 || (text->bytes && !text->text)) {
            return aj_fail(self, AJ_VALUE_ERROR, "%s: a str of %lld bytes without text", name, (long long)text->bytes);
        }
        int32_t status = aj_str_new(self, text->text, text->bytes, &s);
        *out = (aj_word)(uintptr_t)s;
        return status;
    }
    case 'L': return import_list(self, name, code + 1, (const aotjit_list *)memory, out);
    case 'O': return import_optional(self, name, code + 1, memory, out);
    case '(': return import_tuple(self, name, code, memory, out);
    case 'D': return import_dict(self, name, code + 1, (const aotjit_dict *)memory, out);
    default: memcpy(out, memory, sizeof(aj_word)); return AJ_OK;
    }
}

/* A parameter: strs, lists, dicts and tuples come by pointer, everything else by value. */
static int32_t import_parameter(aj_instance *self, const char *name, const char *code, const void *parameter,
                                aj_word *out) {
    if (*code != 's' && *code != 'L' && *code != 'D' && *code != '(') return import_value(self, name, code, parameter, out);
    const void *memory = *(const void *const *)parameter;
    if (!memory) return aj_fail(self, AJ_TYPE_ERROR, "%s: NULL", name);
    return import_value(self, name, code, memory, out);
}

typedef int32_t (*importer)(aj_instance *self, const char *name, const char *code, const void *parameter,
                            const aj_tensor_spec *spec, aj_word *out);

static int32_t import_c(aj_instance *self, const char *name, const char *code, const void *parameter,
                        const aj_tensor_spec *spec, aj_word *out) {
    (void)spec;
    return import_parameter(self, name, code, parameter, out);
}

/* A tensor as a bare pointer to contiguous data of the specified dims. */
static int32_t import_raw(aj_instance *self, const char *name, const char *code, const void *parameter,
                          const aj_tensor_spec *spec, aj_word *out) {
    if (*code != 'T') return import_value(self, name, code, parameter, out);
    int64_t shape[AJ_MAX_RANK];
    for (int32_t d = 0; d < spec->rank; d++) shape[d] = spec->dims[d];
    DLTensor in = {.device = {kDLCPU, 0}, .ndim = spec->rank, .dtype = aj_dlpack_dtype(spec->dtype), .shape = shape};
    memcpy(&in.data, parameter, sizeof in.data);
    return import_tensor(self, name, &in, out);
}

static int32_t import_arguments(aj_instance *self, const aj_entry *entry, importer import,
                                const void *const *arguments, aj_word *words) {
    aj_word *slot = words;
    const void *const *parameter = arguments;
    for (int32_t i = 0; i < entry->argument_count; i++) {
        const aj_argument *a = &entry->arguments[i];
        int32_t status = AJ_OK;
        if (*a->code != 'n') status = import(self, a->name, a->code, *parameter++, a->tensors, slot);
        if (status) {
            for (int32_t k = 0; k < i; k++) {
                aj_release_value(self, entry->arguments[k].code, words);
                words += aj_code_words(entry->arguments[k].code);
            }
            return status;
        }
        slot += aj_code_words(a->code);
    }
    return AJ_OK;
}

/* -- out ---------------------------------------------------------------------------------------------------------- */

/* Keeps an object until the instance's next call; takes the reference. */
static int32_t keep(aj_instance *self, aj_object *object) {
    int32_t status = self->kept ? AJ_OK : aj_list_new(self, 1, 1, 0, &self->kept);
    aj_word word = (aj_word)(uintptr_t)object;
    if (!status) status = aj_list_append(self, self->kept, &word);
    aj_release(self, object);
    return status;
}

/* Memory that lives as long as kept objects do: the data of a list. */
static int32_t kept_memory(aj_instance *self, size_t bytes, void **out) {
    aj_list *list = NULL;
    int32_t status = aj_list_new(self, 1, 0, (int64_t)(bytes / sizeof(aj_word)) + 1, &list);
    if (status) return status;
    *out = list->data;
    return keep(self, &list->head);
}

static int32_t export_value(aj_instance *self, const char *code, const aj_word *value, void *memory);

static int32_t export_list(aj_instance *self, const char *element, aj_list *list, aotjit_list *out) {
    size_t step = form_of(element).bytes;
    void *data = NULL;
    int32_t status = kept_memory(self, (size_t)list->length * step, &data);
    for (int64_t i = 0; i < list->length && !status; i++) {
        aj_word *slot = list->data + i * list->width;
        for (uint64_t r = list->references; r; r &= r - 1)
            aj_retain((aj_object *)aj_word_pointer(slot[__builtin_ctzll(r)]));
        status = export_value(self, element, slot, (char *)data + (size_t)i * step);
    }
    *out = (aotjit_list){data, list->length};
    aj_release(self, &list->head);
    return status;
}

static int32_t export_dict(aj_instance *self, const char *code, aj_dict *dict, aotjit_dict *out) {
    const char *value = aj_code_end(code);
    size_t key_step = form_of(code).bytes, value_step = form_of(value).bytes;
    void *keys = NULL, *values = NULL;
    int64_t count = 0;
    int32_t status = kept_memory(self, (size_t)dict->length * key_step, &keys);
    if (!status) status = kept_memory(self, (size_t)dict->length * value_step, &values);
    for (int64_t i = dict->first; i < dict->used && !status; i++) {
        aj_word *entry = aj_dict_entry(dict, i);
        if (!entry[0]) continue;
        if (aj_dict_counts_keys(dict)) aj_retain((aj_object *)aj_word_pointer(entry[1]));
        for (uint64_t r = dict->references; r; r &= r - 1) {
            aj_retain((aj_object *)aj_word_pointer(entry[2 + __builtin_ctzll(r)]));
        }
        status = export_value(self, code, entry + 1, (char *)keys + (size_t)count * key_step);
        int32_t failed = export_value(self, value, entry + 2, (char *)values + (size_t)count++ * value_step);
        if (failed) status = failed;
    }
    *out = (aotjit_dict){keys, values, count};
    aj_release(self, &dict->head);
    return status;
}

static int32_t export_optional(aj_instance *self, const char *element, const aj_word *value, void *memory) {
    void **out = (void **)memory;
    *out = NULL;
    if (!value[0]) return AJ_OK;
    if (*element == 'T') return export_value(self, element, value, memory);
    int32_t status = kept_memory(self, form_of(element).bytes, out);
    if (status) return status;
    return export_value(self, element, aj_code_is_pointer(element) ? value : value + 1, *out);
}

/* Takes the references in `value`. */
static int32_t export_value(aj_instance *self, const char *code, const aj_word *value, void *memory) {
    switch (*code) {
    case 'T':
        return aj_export_tensor(self, (aj_tensor *)aj_word_pointer(value[0]), (DLManagedTensorVersioned **)memory);
    case 'b': *(unsigned char *)memory = value[0] != 0; return AJ_OK;
    case 'n': return AJ_OK;
    case 's': {
        aj_str *s = (aj_str *)aj_word_pointer(value[0]);
        if (s->buffer) { /* a NUL must end what the host sees */
            aj_str *own = NULL;
            int32_t status = aj_str_new(self, s->text, s->bytes, &own);
            aj_release(self, &s->head);
            if (status) return status;
            s = own;
        }
        *(aotjit_str *)memory = (aotjit_str){s->text, s->bytes};
        return keep(self, &s->head);
    }
    case 'L': return export_list(self, code + 1, (aj_list *)aj_word_pointer(value[0]), (aotjit_list *)memory);
    case 'D': return export_dict(self, code + 1, (aj_dict *)aj_word_pointer(value[0]), (aotjit_dict *)memory);
    case 'O': return export_optional(self, code + 1, value, memory);
    case '(': {
        size_t at = 0;
        int32_t status = AJ_OK;
        for (code++; *code && *code != ')'; code = aj_code_end(code)) {
            form part = form_of(code);
            at = aligned(at, part.alignment);
            int32_t failed = export_value(self, code, value, (char *)memory + at);
            if (failed) status = failed;
            at += part.bytes;
            value += aj_code_words(code);
        }
        return status;
    }
    default: memcpy(memory, value, sizeof(aj_word)); return AJ_OK;
    }
}

/* Copies a tensor result to the caller's contiguous buffer. */
static int32_t export_raw(aj_instance *self, const aj_tensor_spec *spec, aj_tensor *t, void *memory) {
    int64_t strides[AJ_MAX_RANK], stride = 1;
    bool same = t->dtype == spec->dtype && t->ndim == spec->rank;
    for (int32_t d = t->ndim - 1; same && d >= 0; d--) {
        same = t->sizes[d] == spec->dims[d];
        strides[d] = stride;
        stride *= t->sizes[d];
    }
    if (same) aj_strided_copy(t->ndim, t->sizes, memory, t->dtype, strides, t->data, t->dtype, t->strides);
    aj_release(self, &t->head);
    return same ? AJ_OK : aj_fail(self, AJ_RUNTIME_ERROR, "a result has another shape than its raw form promises");
}

/* -- the calls ---------------------------------------------------------------------------------------------------- */

typedef struct call_words {
    aj_word inline_words[AJ_INLINE_WORDS];
    aj_word *arguments, *results;
    size_t heap_bytes; /* 0: the words are inline */
} call_words;

static int32_t words_begin(aj_instance *self, const aj_entry *entry, call_words *w) {
    size_t arguments = (size_t)entry->argument_words, total = arguments + (size_t)entry->result_words;
    w->heap_bytes = total > AJ_INLINE_WORDS ? total * sizeof(aj_word) : 0;
    w->arguments = w->heap_bytes ? (aj_word *)aj_arena_alloc(self, w->heap_bytes) : w->inline_words;
    w->results = w->arguments + arguments;
    return w->arguments ? AJ_OK : AJ_MEMORY_ERROR;
}

static void words_end(aj_instance *self, call_words *w) {
    if (w->heap_bytes) aj_arena_free(self, w->arguments, w->heap_bytes);
}

/* Every out parameter of a function that gives `code` points somewhere. */
static int32_t check_results(aj_instance *self, const char *code, void *const *results) {
    const char *end = code + strlen(code);
    if (*code == '(') {
        code++;
        end--;
    }
    for (int32_t i = 0; code < end; code = aj_code_end(code)) {
        if (*code == 'n') continue;
        if (!results[i]) return aj_fail(self, AJ_VALUE_ERROR, "out%d: NULL", (int)i);
        i++;
    }
    return AJ_OK;
}

static int32_t run(aj_instance *self, int32_t entry_index, importer import, const void *const *arguments,
                   void *const *results, call_words *w) {
    if (!self) return AJ_VALUE_ERROR;
    const aj_entry *entry = &self->model->entries[entry_index];
    aj_call_begin(self);
    if (self->kept) aj_list_clear(self, self->kept);
    int32_t status = check_results(self, entry->result, results);
    if (!status) status = words_begin(self, entry, w);
    if (status) return status;
    status = import_arguments(self, entry, import, arguments, w->arguments);
    if (!status) status = aj_call_entry(self, entry, w->arguments, w->results);
    if (status) words_end(self, w);
    return status;
}

int32_t aj_call_c(aj_instance *self, int32_t entry_index, const void *const *arguments, void *const *results) {
    call_words w;
    int32_t status = run(self, entry_index, import_c, arguments, results, &w);
    if (status) return status;
    const char *code = self->model->entries[entry_index].result, *end = code + strlen(code);
    const aj_word *value = w.results;
    if (*code == '(') {
        code++;
        end--;
    }
    for (int32_t i = 0; code < end; code = aj_code_end(code)) {
        if (*code == 'n') continue;
        int32_t failed = export_value(self, code, value, results[i++]);
        if (failed) status = failed;
        value += aj_code_words(code);
    }
    words_end(self, &w);
    return status;
}

int32_t aj_call_raw(aj_instance *self, int32_t entry_index, const void *const *arguments, void *const *results) {
    call_words w;
    int32_t status = run(self, entry_index, import_raw, arguments, results, &w);
    if (status) return status;
    const aj_entry *entry = &self->model->entries[entry_index];
    const aj_tensor_spec *spec = entry->result_tensors;
    const aj_word *value = w.results;
    int32_t i = 0;
    for (const char *code = entry->result; *code; code++) {
        if (*code == '(' || *code == ')' || *code == 'n') continue;
        int32_t failed = *code == 'T' ? export_raw(self, spec++, (aj_tensor *)aj_word_pointer(*value), results[i])
                                      : export_value(self, code, value, results[i]);
        if (failed) status = failed;
        value++;
        i++;
    }
    words_end(self, &w);
    return status;
}
