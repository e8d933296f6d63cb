/* PyInit_NAME: the library as an extension module. It holds `model` and, when the program is functions, each of them.
 */
#include "libc.h"
#include "python_state.h"

/* name: NUL-terminated pieces joined with a dot; the type keeps the text for ever. */
py_object *py_make_type(py_state *py, const char *name, int basic_size, unsigned flags, py_slot *slots) {
    size_t first = strlen(py->model->name), second = strlen(name);
    void *memory = NULL;
    if (posix_memalign(&memory, AJ_ALIGNMENT, first + second + 2)) return PyErr_NoMemory();
    char *qualified = (char *)memory;
    memcpy(qualified, py->model->name, first);
    qualified[first] = '.';
    memcpy(qualified + first + 1, name, second + 1);
    py_spec spec = {.name = qualified, .basic_size = basic_size, .flags = flags, .slots = slots};
    return PyType_FromSpec(&spec);
}

/* Free-threaded builds have another object header. */
static bool layout_is_known(void) {
    py_object *flags = PySys_GetObject("abiflags");
    const char *text = flags ? PyUnicode_AsUTF8AndSize(flags, NULL) : NULL;
    PyErr_Clear();
    for (; text && *text; text++) {
        if (*text == 't') return false;
    }
    return true;
}

static bool intern_names(py_entry *known) {
    void *memory = NULL;
    size_t count = (size_t)known->entry->argument_count;
    if (posix_memalign(&memory, AJ_ALIGNMENT, (count + 1) * sizeof(py_object *))) return false;
    known->names = (py_object **)memory;
    for (size_t i = 0; i < count; i++) {
        known->names[i] = PyUnicode_InternFromString(known->entry->arguments[i].name);
        if (!known->names[i]) return false;
    }
    return true;
}

static bool fill_entries(py_state *py) {
    const aj_model *model = py->model;
    void *memory = NULL;
    if (posix_memalign(&memory, AJ_ALIGNMENT, (model->entry_count + 1) * sizeof(py_entry))) return false;
    py->entries = (py_entry *)memory;
    for (uint32_t i = 0; i < model->entry_count; i++) {
        py->entries[i] = (py_entry){.entry = &model->entries[i], .last_ticks = UINT64_MAX};
        if (!intern_names(&py->entries[i])) return false;
    }
    for (uint32_t i = 0; i < model->weight_count; i++) py->weight_elements += model->tensors[i].numel;
    return true;
}

static bool fill_module(py_state *py) {
    py_object *model = PyObject_CallObject(&py->model_type->head, NULL);
    if (!model || PyObject_SetAttrString(py->module, "model", model)) return false;
    py->first = (py_callable *)model; /* keeps this reference */
    const char *class_name = py->model->class_name ? py->model->class_name : "Model";
    if (PyObject_SetAttrString(py->module, class_name, &py->model_type->head)) return false;
    for (uint32_t i = 0; i < py->model->entry_count && !py->model->class_name; i++) {
        const aj_entry *entry = &py->model->entries[i];
        py_object *function = py_function_new(py, entry, py->first);
        int failed = !function || PyObject_SetAttrString(py->module, entry->name, function);
        py_release(function);
        if (failed) return false;
    }
    return true;
}

void *aj_python_init(const aj_model *model) {
    if (model->abi != AJ_MODEL_ABI || !layout_is_known()) {
        PyErr_SetString(PyExc_ImportError, "this library does not fit this Python (free-threaded builds are not "
                                           "supported)");
        return NULL;
    }
    void *memory = NULL;
    if (posix_memalign(&memory, AJ_ALIGNMENT, sizeof(py_state))) return PyErr_NoMemory();
    memset(memory, 0, sizeof(py_state));
    py_state *py = (py_state *)memory;
    py->model = model;
    py->def = (py_module_def){.head = {.refcount = 1}, .name = model->name, .size = -1};
    py->module = PyModule_Create2(&py->def, PY_ABI_VERSION);
    if (!py->module) return NULL;
    if (py_memory_ready(py) && py_function_ready(py) && py_model_ready(py) && py_types_ready(py) && fill_entries(py) && fill_module(py)) {
        return py->module;
    }
    Py_DecRef(py->module);
    return PyErr_Occurred() ? NULL : PyErr_NoMemory();
}
