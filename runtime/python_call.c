/* A call from Python: arguments by position and name, conversion, the call, conversion back.
 *
 * The GIL is held throughout: an instance belongs to one thread at a time, and the objects of a library share one. */
#include "arena.h"
#include "call.h"
#include "libc.h"
#include "python_state.h"

static py_object *const *names_of(const py_state *py, const aj_entry *entry) {
    py_object *const *names = py->names;
    for (const aj_entry *e = py->model->entries; e < entry; e++) names += e->argument_count;
    return names;
}

static int32_t position_of(py_state *py, const aj_entry *entry, py_object *name) {
    py_object *const *names = names_of(py, entry);
    for (int32_t i = 0; i < entry->argument_count; i++) {
        if (names[i] == name) return i;
    }
    for (int32_t i = 0; i < entry->argument_count; i++) {
        if (PyUnicode_Compare(names[i], name) == 0) return i;
    }
    return -1;
}

/* bound[i] becomes the object for argument i, or NULL. */
static int32_t bind_names(py_context *c, const aj_entry *entry, py_object *const *values, py_object *names,
                          py_object **bound) {
    intptr_t count = PyTuple_Size(names);
    for (intptr_t i = 0; i < count; i++) {
        py_object *name = PyTuple_GetItem(names, i);
        int32_t at = position_of(c->py, entry, name);
        if (at < 0) {
            const char *text = PyUnicode_AsUTF8AndSize(name, NULL);
            return aj_fail(c->self, AJ_TYPE_ERROR, "%s() got an unexpected keyword argument '%s'", entry->name,
                           text ? text : "?");
        }
        if (bound[at]) {
            return aj_fail(c->self, AJ_TYPE_ERROR, "%s() got multiple values for argument '%s'", entry->name,
                           entry->arguments[at].name);
        }
        bound[at] = values[i];
    }
    return AJ_OK;
}

static int32_t convert(py_context *c, const aj_entry *entry, py_object *const *bound, aj_word *words) {
    aj_word *slot = words;
    int32_t i = 0, status = AJ_OK;
    for (; i < entry->argument_count; i++) {
        const aj_argument *a = &entry->arguments[i];
        c->name = a->name;
        c->spec = a->tensors;
        if (bound[i]) {
            status =
                *a->code == 'T' ? py_import_tensor(c, bound[i], slot) : py_import_value(c, a->code, bound[i], slot);
        } else if (a->initial) {
            status = aj_copy_value(c->self, a->code, a->initial, slot);
        } else {
            status = aj_fail(c->self, AJ_TYPE_ERROR, "%s() missing required argument: '%s'", entry->name, a->name);
        }
        if (status) break;
        slot += *a->code == 'T' ? 1 : aj_code_words(a->code);
    }
    for (int32_t k = 0; status && k < i; k++) {
        aj_release_value(c->self, entry->arguments[k].code, words);
        words += aj_code_words(entry->arguments[k].code);
    }
    return status;
}

static py_object *run(py_context *c, const aj_entry *entry, py_object *const *bound, aj_word *words) {
    aj_word *results = words + entry->argument_words;
    int32_t status = convert(c, entry, bound, words);
    if (!status) status = aj_call_entry(c->self, entry, words, results);
    if (status) return py_raise(c->self, status);
    return *entry->result == 'T' ? py_export_tensor(c, (aj_tensor *)aj_word_pointer(*results))
                                 : py_export_value(c, entry->result, results);
}

static py_object *run_with_words(py_context *c, const aj_entry *entry, py_object *const *bound) {
    int32_t total = entry->argument_words + entry->result_words;
    if (total <= AJ_INLINE_WORDS) {
        aj_word words[AJ_INLINE_WORDS];
        return run(c, entry, bound, words);
    }
    size_t bytes = (size_t)total * sizeof(aj_word);
    aj_word *words = (aj_word *)aj_arena_alloc(c->self, bytes);
    if (!words) return py_raise(c->self, AJ_MEMORY_ERROR);
    py_object *result = run(c, entry, bound, words);
    aj_arena_free(c->self, words, bytes);
    return result;
}

static py_object *call(py_state *py, const aj_entry *entry, aj_instance *self, py_object *const *arguments,
                       int64_t given, py_object *names) {
    py_context c = {.py = py, .self = self};
    aj_call_begin(c.self);
    if (given > entry->argument_count || entry->argument_count > AJ_MAX_ARGUMENTS) {
        return py_raise(c.self, aj_fail(c.self, AJ_TYPE_ERROR, "%s() takes %d argument%s but %lld %s given",
                                        entry->name, (int)entry->argument_count, entry->argument_count == 1 ? "" : "s",
                                        (long long)given, given == 1 ? "was" : "were"));
    }
    py_object *result;
    if (given == entry->argument_count && !names) {
        result = run_with_words(&c, entry, arguments);
    } else {
        py_object *bound[AJ_MAX_ARGUMENTS];
        for (int64_t i = 0; i < entry->argument_count; i++) bound[i] = i < given ? arguments[i] : NULL;
        int32_t status = names ? bind_names(&c, entry, arguments + given, names, bound) : AJ_OK;
        result = status ? py_raise(c.self, status) : run_with_words(&c, entry, bound);
    }
    py_release(c.holders);
    return result;
}

py_object *py_call(py_object *object, py_object *const *arguments, size_t count, py_object *names) {
    const py_callable *callable = (const py_callable *)object;
    int64_t given = (int64_t)(count & ~PY_VECTORCALL_OFFSET_BIT);
    if (callable->entry) return call(callable->py, callable->entry, callable->instance, arguments, given, names);
    PyErr_SetString(PyExc_TypeError, "this model has no forward method; call one of its methods");
    return NULL;
}

py_object *py_call_unbound(py_object *object, py_object *const *arguments, size_t count, py_object *names) {
    const py_callable *callable = (const py_callable *)object;
    int64_t given = (int64_t)(count & ~PY_VECTORCALL_OFFSET_BIT);
    if (given > 0 && arguments[0]->type == callable->py->model_type) {
        aj_instance *self = ((const py_callable *)arguments[0])->instance;
        return call(callable->py, callable->entry, self, arguments + 1, given - 1, names);
    }
    PyErr_SetString(PyExc_TypeError, "this is a function of the class; call that of a model");
    return NULL;
}
