#include "call.h"

#include "arena.h"
#include "dict.h"
#include "dtype.h"
#include "operators.h"
#include "tensor.h"
#include "weights.h"

/* The sizes of the entry's symbols as arguments fix them; `owner` is the argument that did. */
typedef struct symbols {
    int64_t size[AJ_MAX_SYMBOLS]; /* -1: not seen yet */
    const char *owner[AJ_MAX_SYMBOLS];
} symbols;

typedef struct aj_checker {
    aj_instance *self;
    const aj_entry *entry;
    const char *name; /* of the argument */
    const aj_tensor_spec *spec;
    symbols *symbols;
    bool is_tensor; /* the argument as a whole, not something in it */
} checker;

static int32_t check_symbol(checker *c, int32_t dim, int64_t symbol, int64_t size) {
    if (symbol >= AJ_MAX_SYMBOLS || symbol >= c->entry->symbol_count) return AJ_OK;
    int64_t *known = &c->symbols->size[symbol];
    if (*known == -1) {
        *known = size;
        c->symbols->owner[symbol] = c->name;
    }
    if (*known == size) return AJ_OK;
    return aj_fail(c->self, AJ_VALUE_ERROR, "%s: dimension %d (%s) is %lld, but %s made it %lld", c->name, (int)dim,
                   c->entry->symbols[symbol], (long long)size, c->symbols->owner[symbol], (long long)*known);
}

static __attribute__((noinline, cold)) int32_t fail_dtype(const checker *c, const aj_tensor *t) {
    const char *wanted = aj_dtype_name(c->spec->dtype), *given = aj_dtype_name(t->dtype);
    if (!c->is_tensor) return aj_fail(c->self, AJ_TYPE_ERROR, "%s: expected %s, got %s", c->name, wanted, given);
    return aj_fail(c->self, AJ_TYPE_ERROR, "%s: expected %s, got %s (--input %s=%s[...] compiles it for that)", c->name,
                   wanted, given, c->name, aj_dtype_knob(t->dtype));
}

static int32_t check_dims(checker *c, const aj_tensor *t) {
    const aj_tensor_spec *spec = c->spec;
    if (t->ndim != spec->rank) {
        return aj_fail(c->self, AJ_TYPE_ERROR, "%s: expected %d dimension%s, got %d", c->name, (int)spec->rank,
                       spec->rank == 1 ? "" : "s", (int)t->ndim);
    }
    for (int32_t d = 0; d < t->ndim; d++) {
        int64_t wanted = spec->dims[d];
        if (wanted == AJ_ANY_DIM || wanted == t->sizes[d]) continue;
        if (wanted >= 0) {
            return aj_fail(c->self, AJ_VALUE_ERROR, "%s: dimension %d is %lld, expected %lld", c->name, (int)d,
                           (long long)t->sizes[d], (long long)wanted);
        }
        int32_t status = check_symbol(c, d, -wanted - 2, t->sizes[d]);
        if (status) return status;
    }
    return AJ_OK;
}

/* `slot` is the word that holds the tensor: a contiguous copy may take its place. */
static int32_t check_tensor(checker *c, aj_word *slot) {
    aj_tensor *t = (aj_tensor *)aj_word_pointer(*slot);
    const aj_tensor_spec *spec = c->spec;
    if (spec->dtype != AJ_ANY_DTYPE && spec->dtype != t->dtype) return fail_dtype(c, t);
    if (spec->rank != AJ_ANY_RANK) {
        int32_t status = check_dims(c, t);
        if (status) return status;
    }
    if (!(spec->flags & AJ_SPEC_CONTIGUOUS) || aj_tensor_is_contiguous(t)) return AJ_OK;
    aj_tensor *copy = NULL;
    int32_t status = aj_clone(c->self, t, &copy);
    if (status) return status;
    aj_release(c->self, &t->head);
    *slot = (aj_word)(uintptr_t)copy;
    return AJ_OK;
}

/* Out of line: most arguments are tensors. */
static __attribute__((noinline)) int32_t check_value(checker *c, const char *code, aj_word *value) {
    if (*code == 'T') return check_tensor(c, value);
    const aj_handlers *handlers = aj_handlers_of(c->self, code);
    return handlers->check ? handlers->check(c, code, value) : AJ_OK;
}

int32_t aj_check_optional(checker *c, const char *code, aj_word *value) {
    if (value[0] == 0) return AJ_OK;
    return check_value(c, code + 1, aj_code_is_pointer(code + 1) ? value : value + 1);
}

int32_t aj_check_list(checker *c, const char *code, aj_word *value) {
    aj_list *list = (aj_list *)aj_word_pointer(value[0]);
    for (int64_t i = 0; aj_code_tensors(code) && i < list->length; i++) {
        int32_t status = check_value(c, code + 1, list->data + i * list->width);
        if (status) return status;
    }
    return AJ_OK;
}

int32_t aj_check_dict(checker *c, const char *code, aj_word *value) {
    const aj_dict *dict = (const aj_dict *)aj_word_pointer(value[0]);
    const char *held = aj_code_end(++code);
    const aj_tensor_spec *of_keys = c->spec, *of_values = of_keys + aj_code_tensors(code);
    int32_t status = AJ_OK;
    for (int64_t i = dict->first; i < dict->used && !status; i++) {
        aj_word *entry = aj_dict_entry(dict, i);
        if (!entry[0]) continue;
        c->spec = of_keys;
        status = check_value(c, code, entry + 1);
        c->spec = of_values;
        if (!status) status = check_value(c, held, aj_dict_value(dict, entry));
    }
    c->spec = of_keys;
    return status;
}

int32_t aj_check_tuple(checker *c, const char *code, aj_word *value) {
    const aj_tensor_spec *first = c->spec;
    for (code++; *code && *code != ')'; code = aj_code_end(code)) {
        int32_t status = check_value(c, code, value);
        if (status) return status;
        value += aj_code_words(code);
        c->spec += aj_code_tensors(code);
    }
    c->spec = first;
    return AJ_OK;
}

/* Is there nothing to check but the dtype, which is right? Most arguments are such tensors. */
static inline bool is_plain(const aj_tensor_spec *spec, const aj_tensor *t) {
    return spec->dtype == t->dtype && spec->rank == AJ_ANY_RANK && !(spec->flags & AJ_SPEC_CONTIGUOUS);
}

static int32_t check_arguments(aj_instance *self, const aj_entry *entry, aj_word *arguments) {
    symbols known;
    for (int32_t i = 0; i < entry->symbol_count && i < AJ_MAX_SYMBOLS; i++) known.size[i] = -1;
    checker c = {.self = self, .entry = entry, .symbols = &known};
    const aj_argument *end = entry->arguments + entry->argument_count;
    for (const aj_argument *argument = entry->arguments; argument < end; argument++) {
        int32_t status = AJ_OK;
        c.name = argument->name;
        c.spec = argument->tensors;
        c.is_tensor = *argument->code == 'T';
        if (c.is_tensor) {
            if (c.spec && !is_plain(c.spec, (const aj_tensor *)aj_word_pointer(*arguments)))
                status = check_tensor(&c, arguments);
            arguments++;
        } else {
            if (c.spec) status = check_value(&c, argument->code, arguments);
            arguments += aj_code_words(argument->code);
        }
        if (status) return status;
    }
    return AJ_OK;
}

void aj_call_begin(aj_instance *self) {
    self->status = AJ_OK;
    self->error_bytes = 0;
    self->error[0] = 0;
    if (__atomic_load_n(&self->returned, __ATOMIC_RELAXED)) aj_arena_drain(self);
}

int32_t aj_call_entry(aj_instance *self, const aj_entry *entry, aj_word *arguments, aj_word *results) {
    int32_t status = AJ_OK;
    if (!aj_weights_current(self) && !self->running) status = aj_weights_adopt(self);
    if (!status) status = check_arguments(self, entry, arguments);
    self->running++;
    self->calls++;
    if (!status) status = entry->code(self, arguments, results);
    if (self->tasks) self->end_tasks(self, false); /* they may use the arguments' memory */
    self->running--;
    const aj_argument *end = entry->arguments + entry->argument_count;
    for (const aj_argument *argument = entry->arguments; argument < end; argument++) {
        if (*argument->code == 'T') {
            aj_release(self, (aj_object *)aj_word_pointer(*arguments++));
        } else {
            aj_release_value(self, argument->code, arguments);
            arguments += aj_code_words(argument->code);
        }
    }
    return status;
}

int32_t aj_call(aj_instance *self, int32_t entry, aj_word *arguments, aj_word *results) {
    aj_call_begin(self);
    return aj_call_entry(self, &self->model->entries[entry], arguments, results);
}
