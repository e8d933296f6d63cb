/* The mutable state of an instance, made, replaced and copied as a whole. */
#include "state.h"

#include "arena.h"
#include "libc.h"
#include "value.h"

static int32_t state_memory(aj_instance *self) {
    size_t bytes = (size_t)self->model->state_words * sizeof(aj_word);
    if (!bytes) return AJ_OK;
    self->state = (aj_word *)aj_arena_alloc(self, bytes);
    if (!self->state) return AJ_MEMORY_ERROR;
    memset(self->state, 0, bytes);
    return AJ_OK;
}

/* The first value of a part of the state: a copy of a constant, where a weight stands for the present one. */
static int32_t first_value(aj_instance *self, const char *code, const aj_word *value, aj_word *out) {
    const aj_model *model = self->model;
    uint64_t first = (uint64_t)(uintptr_t)model->tensors;
    bool weight = aj_code_references(code) && *value - first < model->weight_count * sizeof(aj_tensor);
    aj_word present = (aj_word)(uintptr_t)(weight ? self->weights + (*value - first) / sizeof(aj_tensor) : NULL);
    return aj_copy_value(self, code, weight ? &present : value, out);
}

static int32_t make_first(aj_instance *self) {
    const aj_model *model = self->model;
    int32_t status = state_memory(self);
    if (!self->state || status) return status;
    const char *code = model->state_code + 1;
    for (int32_t at = 0; *code != ')' && !status; code = aj_code_end(code)) {
        status = first_value(self, code, model->state + at, self->state + at);
        at += aj_code_words(code);
    }
    if (status || !model->initialise) return status;
    aj_word nothing;
    return model->initialise(self, &nothing, &nothing);
}

static void drop(aj_instance *self, aj_word *state) {
    const char *code = self->model->state_code + 1;
    const aj_word *value = state;
    for (; *code && *code != ')'; code = aj_code_end(code)) {
        aj_release_value(self, code, value);
        value += aj_code_words(code);
    }
    aj_arena_free(self, state, (size_t)self->model->state_words * sizeof(aj_word));
}

static int32_t copy(const aj_instance *from, aj_instance *to) {
    int32_t status = state_memory(to);
    return status ? status : aj_clone_state(from, to);
}

const aj_state_functions aj_mutable_state = {make_first, copy, drop};
