/* Calls from C. */
#include "arena.h"
#include "c_value.h"
#include "call.h"
#include "dlpack_export.h"
#include "dtype.h"
#include "libc.h"
#include "operators.h"
#include "tensor.h"

/* Complex numbers, strs, lists, dicts, tuples, instances, futures and boxes come by pointer, everything else by value. */
static bool is_by_pointer(char code) {
    return code == 'c' || code == 's' || code == 'L' || code == 'D' || code == '(' || code == 'C' || code == 'F' ||
           code == 'U' || code == 'A';
}

static int32_t import_parameter(aj_instance *self, const char *name, const char *code, const void *parameter,
                                aj_word *out) {
    if (!is_by_pointer(*code)) return aj_import_c(self, name, code, parameter, out);
    const void *memory = *(const void *const *)parameter;
    if (!memory) return aj_fail(self, AJ_TYPE_ERROR, "%s: NULL", name);
    return aj_import_c(self, name, code, memory, out);
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
    if (*code != 'T') return aj_import_c(self, name, code, parameter, out);
    int64_t shape[AJ_MAX_RANK];
    for (int32_t d = 0; d < spec->rank; d++) shape[d] = spec->dims[d];
    DLTensor in = {.device = {kDLCPU, 0}, .ndim = spec->rank, .dtype = aj_dlpack_dtype(spec->dtype), .shape = shape};
    memcpy(&in.data, parameter, sizeof in.data);
    return aj_import_c_tensor(self, name, &in, out);
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

/* -- out ----------------------------------------------------------------------------------------------------------- */

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
        while (*--end != ')') {} /* a NamedTuple's name follows */
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
        while (*--end != ')') {} /* a NamedTuple's name follows */
    }
    for (int32_t i = 0; code < end; code = aj_code_end(code)) {
        if (*code == 'n') continue;
        int32_t failed = aj_export_c(self, code, value, results[i++]);
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
    for (const char *code = entry->result; *code && *code != '{'; code++) {
        if (*code == '(' || *code == ')' || *code == 'n') continue;
        int32_t failed = *code == 'T' ? export_raw(self, spec++, (aj_tensor *)aj_word_pointer(*value), results[i])
                                      : aj_export_c(self, code, value, results[i]);
        if (failed) status = failed;
        value++;
        i++;
    }
    words_end(self, &w);
    return status;
}
