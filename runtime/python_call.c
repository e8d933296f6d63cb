/* A call from Python: arguments bound and converted, the call, conversion back. */
#include "arena.h"
#include "call.h"
#include "python_state.h"

static void drop(py_context *c, const aj_entry *entry, const aj_argument *end, aj_word *words) {
    for (const aj_argument *a = entry->arguments; a < end; a++) {
        aj_release_value(c->self, a->code, words);
        words += aj_code_words(a->code);
    }
}

static int32_t convert_one(py_context *c, const aj_argument *a, py_object *value, aj_word *slot) {
    return value ? py_import_value(c, a->code, value, slot) : aj_copy_value(c->self, a->code, a->initial, slot);
}

static int32_t convert(py_context *c, const aj_entry *entry, py_object *const *bound, aj_word *words) {
    const aj_argument *end = entry->arguments + entry->argument_count;
    aj_word *slot = words;
    for (const aj_argument *a = entry->arguments; a < end; a++, bound++) {
        int32_t status;
        c->name = a->name;
        c->spec = a->tensors;
        if (*a->code == 'T' && *bound && !(entry->flags & AJ_ENTRY_SAME)) {
            status = py_import_tensor(c, *bound, slot++);
        } else {
            status = convert_one(c, a, *bound, slot);
            slot += aj_code_words(a->code);
        }
        if (status) {
            drop(c, entry, a, words);
            return status;
        }
    }
    return AJ_OK;
}

static py_object *run(py_callable *model, py_context *c, py_entry *known, py_object *const *bound, aj_word *words) {
    const aj_entry *entry = known->entry;
    aj_word *results = words + entry->argument_words;
    int32_t status = convert(c, entry, bound, words);
    if (!status) status = py_run(model, c, known, words, results);
    if (status) return py_raise(c->self, status);
    return *entry->result == 'T' && !(entry->flags & AJ_ENTRY_SAME) ? py_export_tensor(c, (aj_tensor *)aj_word_pointer(*results))
                                 : py_export_value(c, entry->result, results);
}

static py_object *run_with_words(py_callable *model, py_context *c, py_entry *known, py_object *const *bound) {
    int32_t total = known->entry->argument_words + known->entry->result_words;
    if (total <= AJ_INLINE_WORDS) {
        aj_word words[AJ_INLINE_WORDS];
        return run(model, c, known, bound, words);
    }
    size_t bytes = (size_t)total * sizeof(aj_word);
    aj_word *words = (aj_word *)aj_arena_alloc(c->self, bytes);
    if (!words) return py_raise(c->self, AJ_MEMORY_ERROR);
    py_object *result = run(model, c, known, bound, words);
    aj_arena_free(c->self, words, bytes);
    return result;
}

static py_object *call(py_callable *model, const aj_entry *entry, py_object *const *arguments, int64_t given,
                       py_object *names) {
    py_state *py = model->py;
    py_entry *known = &py->entries[entry - py->model->entries];
    bool entered = py_enter(model);
    py_context c = {.py = py, .self = model->instance};
    aj_call_begin(c.self);
    py_object *result;
    if (given == entry->argument_count && !names) {
        result = run_with_words(model, &c, known, arguments);
    } else {
        py_object *bound[AJ_MAX_ARGUMENTS];
        int32_t status = py_bind(&c, entry, arguments, given, names, bound);
        result = status ? py_raise(c.self, status) : run_with_words(model, &c, known, bound);
    }
    py_release(c.holders);
    aj_release(c.self, (aj_object *)c.tensors);
    py_leave(model, entered);
    return result;
}

py_object *py_call(py_object *object, py_object *const *arguments, size_t count, py_object *names) {
    py_callable *callable = (py_callable *)object;
    int64_t given = (int64_t)(count & ~PY_VECTORCALL_OFFSET_BIT);
    py_callable *model = callable->owner ? (py_callable *)callable->owner : callable;
    if (callable->entry) return call(model, callable->entry, arguments, given, names);
    PyErr_SetString(PyExc_TypeError, "this model has no forward method; call one of its methods");
    return NULL;
}

py_object *py_call_unbound(py_object *object, py_object *const *arguments, size_t count, py_object *names) {
    const py_callable *callable = (const py_callable *)object;
    int64_t given = (int64_t)(count & ~PY_VECTORCALL_OFFSET_BIT);
    if (given > 0 && arguments[0]->type == callable->py->model_type) {
        return call((py_callable *)arguments[0], callable->entry, arguments + 1, given - 1, names);
    }
    PyErr_SetString(PyExc_TypeError, "this is a function of the class; call that of a model");
    return NULL;
}
