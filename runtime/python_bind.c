/* Arguments by position and name, bound to an entry's parameters as Python binds them and with Python's words. */
#include "python_state.h"
#include "text.h"

static int32_t position_of(const py_state *py, const aj_entry *entry, py_object *name) {
    py_object *const *names = py->entries[entry - py->model->entries].names;
    for (int32_t i = 0; i < entry->argument_count; i++) {
        if (names[i] == name) return i;
    }
    for (int32_t i = 0; i < entry->argument_count; i++) {
        if (PyUnicode_Compare(names[i], name) == 0) return i;
    }
    return -1;
}

/* bound[i] becomes the object for argument i where there is one. */
static int32_t bind_names(py_context *c, const aj_entry *entry, py_object *const *values, py_object *names,
                          py_object **bound) {
    intptr_t count = PyTuple_Size(names);
    for (intptr_t i = 0; i < count; i++) {
        py_object *name = PyTuple_GetItem(names, i);
        int32_t at = position_of(c->py, entry, name);
        if (at < 0) {
            const char *text = PyUnicode_AsUTF8AndSize(name, NULL);
            PyErr_Clear();
            return aj_fail(c->self, AJ_TYPE_ERROR, "%s() got an unexpected keyword argument '%s'", entry->qualified,
                           text ? text : "?");
        }
        if (bound[at]) {
            return aj_fail(c->self, AJ_TYPE_ERROR, "%s() got multiple values for argument '%s'", entry->qualified,
                           entry->arguments[at].name);
        }
        bound[at] = values[i];
    }
    return AJ_OK;
}

static int32_t fail_count(py_context *c, const aj_entry *entry, int64_t given) {
    int32_t most = entry->argument_count, least = 0;
    while (least < most && !entry->arguments[least].initial) least++;
    aj_text text = aj_text_begin(c->self);
    if (least < most) {
        aj_text_add_c(&text, "from ");
        aj_text_add_int(&text, least);
        aj_text_add_c(&text, " to ");
    }
    aj_text_add_int(&text, most);
    aj_text_add_c(&text, most == 1 && least == most ? " positional argument" : " positional arguments");
    aj_text_add_char(&text, 0);
    int32_t status = aj_fail(c->self, AJ_TYPE_ERROR, "%s() takes %s but %lld %s given", entry->qualified,
                             text.status ? "fewer arguments" : text.data, (long long)given, given == 1 ? "was" : "were");
    aj_text_discard(&text);
    return status;
}

/* Names all that are missing: 'x', 'y', and 'z'. */
static int32_t fail_missing(py_context *c, const aj_entry *entry, py_object *const *bound) {
    int32_t missing = 0, named = 0;
    for (int32_t i = 0; i < entry->argument_count; i++) missing += !bound[i] && !entry->arguments[i].initial;
    aj_text text = aj_text_begin(c->self);
    for (int32_t i = 0; i < entry->argument_count; i++) {
        if (bound[i] || entry->arguments[i].initial) continue;
        if (named > 0) aj_text_add_c(&text, missing == 2 ? " and " : named == missing - 1 ? ", and " : ", ");
        named++;
        aj_text_add_char(&text, '\'');
        aj_text_add_c(&text, entry->arguments[i].name);
        aj_text_add_char(&text, '\'');
    }
    aj_text_add_char(&text, 0);
    int32_t status = aj_fail(c->self, AJ_TYPE_ERROR, "%s() missing %d required positional argument%s: %s",
                             entry->qualified, (int)missing, missing == 1 ? "" : "s", text.status ? "?" : text.data);
    aj_text_discard(&text);
    return status;
}

int32_t py_bind(py_context *c, const aj_entry *entry, py_object *const *arguments, int64_t given, py_object *names,
                py_object **bound) {
    if (entry->argument_count > AJ_MAX_ARGUMENTS) {
        return aj_fail(c->self, AJ_NOT_IMPLEMENTED, "%s() has more than %d arguments", entry->qualified,
                       (int)AJ_MAX_ARGUMENTS);
    }
    for (int64_t i = 0; i < entry->argument_count; i++) bound[i] = i < given ? arguments[i] : NULL;
    int32_t status = names ? bind_names(c, entry, arguments + given, names, bound) : AJ_OK;
    if (status) return status;
    if (given > entry->argument_count) return fail_count(c, entry, given);
    for (int32_t i = 0; i < entry->argument_count; i++) {
        if (!bound[i] && !entry->arguments[i].initial) return fail_missing(c, entry, bound);
    }
    return AJ_OK;
}
