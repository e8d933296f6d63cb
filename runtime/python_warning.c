/* Warnings of the program as Python's. */
#include "operators.h"
#include "python_state.h"
#include "text.h"

int32_t py_warn(aj_instance *self, const aj_warning *site, const aj_str *message) {
    aj_text text = aj_text_begin(self); /* with a NUL at its end */
    aj_text_add(&text, message->text, (size_t)message->bytes);
    aj_text_add_char(&text, '\0');
    if (text.status) {
        aj_text_discard(&text);
        return text.status;
    }
    py_callable *model = (py_callable *)self->host;
    bool locked = py_lock(model);
    int failed = PyErr_WarnExplicit(PyExc_UserWarning, text.data, site->file, (int)site->line, NULL, NULL);
    py_unlock(model, locked);
    aj_text_discard(&text);
    /* Where a filter makes warnings errors, the call ends with Python's exception. */
    return failed ? aj_fail(self, AJ_RUNTIME_ERROR, "a warning is an error") : AJ_OK;
}
