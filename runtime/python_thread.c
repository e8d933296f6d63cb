/* Threads of Python: one at a time is in a model; a call that is long lets the others run.
 *
 * Where another thread computes in Python, it may take that thread's whole time slice (5 ms) to get the interpreter lock
 * back. So it is given away only
 *   - when the arguments or the weights have many elements,
 *   - from the first large tensor on that the program makes,
 *   - when the entry has loops, whose length nobody knows, and its last call was long or there was none. */
#include "call.h"
#include "python_state.h"

enum { MANY_ELEMENTS = 16384, LONG_TICKS = 50000 };

static uint64_t ticks(void) {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    return 0;
#endif
}

/* -- one thread at a time ----------------------------------------------------------------------------------------- */

/* The gate is closed except for one waiting thread after a call has ended. */
void py_wait(py_callable *model) {
    if (!model->gate && (model->gate = PyThread_allocate_lock())) PyThread_acquire_lock(model->gate, 1);
    model->waiting++;
    void *state = PyEval_SaveThread();
    if (model->gate) PyThread_acquire_lock(model->gate, 1);
    PyEval_RestoreThread(state);
    model->waiting--;
}

void py_wake(py_callable *model) {
    if (!model->gate) return;
    PyThread_acquire_lock(model->gate, 0); /* it may be open still for a thread that has not come through */
    PyThread_release_lock(model->gate);
}

/* -- the interpreter lock ----------------------------------------------------------------------------------------- */

static void let_others_run(aj_instance *self) {
    py_callable *model = (py_callable *)self->host;
    if (!model->saved) model->saved = PyEval_SaveThread();
}

static void take_back(py_callable *model) {
    if (!model->saved) return;
    void *state = model->saved;
    PyEval_RestoreThread(state);
    model->saved = NULL;
}

bool py_lock(py_callable *model) {
    bool locked = model->saved != NULL;
    take_back(model);
    return locked;
}

void py_unlock(py_callable *model, bool locked) {
    if (locked) model->saved = PyEval_SaveThread();
}

int32_t py_run(py_callable *model, const py_context *c, py_entry *known, aj_word *words, aj_word *results) {
    aj_instance *self = model->instance;
    bool loops = known->entry->flags & AJ_ENTRY_LOOPS;
    void (*outer)(aj_instance *) = self->on_long_work;
    uint64_t begin = loops ? ticks() : 0;
    self->on_long_work = let_others_run;
    if (c->elements >= MANY_ELEMENTS || model->py->weight_elements >= MANY_ELEMENTS ||
        (loops && known->last_ticks >= LONG_TICKS)) {
        let_others_run(self);
    }
    int32_t status = aj_call_entry(self, known->entry, words, results);
    uint64_t end = loops ? ticks() : 0;
    take_back(model);
    self->on_long_work = outer;
    if (loops) known->last_ticks = end - begin;
    return status;
}
