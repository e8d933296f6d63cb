/* Warnings of the program: to Python where that calls, to the host's function, or to standard error. */
#include "libc.h"
#include "operators.h"
#include "python_state.h"
#include "text.h"

static void emit(aj_instance *self, const aj_warning *site, const char *message, size_t bytes) {
    if (self->options.warn) {
        self->options.warn(self->options.context, site->file, (int32_t)site->line, message, bytes);
        return;
    }
    aj_text text = aj_text_begin(self);
    aj_text_add_c(&text, site->file);
    aj_text_add_char(&text, ':');
    aj_text_add_int(&text, site->line);
    aj_text_add_c(&text, ": warning: ");
    aj_text_add(&text, message, bytes);
    aj_text_add_char(&text, '\n');
    size_t done = 0;
    while (done < text.bytes) {
        long written = write(2, text.data + done, text.bytes - done);
        if (written <= 0) break; /* a closed standard error must not stop the model */
        done += (size_t)written;
    }
    aj_text_discard(&text);
}

int32_t aj_warn(aj_instance *self, const aj_str *message, aj_warning *site) {
    /* Instances in several threads share the site: what they write over each other only makes a warning appear again. */
    if (__atomic_load_n(&site->instance, __ATOMIC_RELAXED) == self &&
        __atomic_load_n(&site->call, __ATOMIC_RELAXED) == self->calls) {
        return AJ_OK;
    }
    __atomic_store_n(&site->instance, self, __ATOMIC_RELAXED);
    __atomic_store_n(&site->call, self->calls, __ATOMIC_RELAXED);
    if (self->host) return py_warn(self, site, message);
    emit(self, site, message->text, (size_t)message->bytes);
    return AJ_OK;
}
