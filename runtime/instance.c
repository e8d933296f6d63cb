#include "instance.h"

#include "arena.h"
#include "call.h"
#include "cpu.h"
#include "dlpack_export.h"
#include "libc.h"
#include "pool.h"
#include "state.h"
#include "value.h"
#include "weights.h"

/* The highest level that the CPU has and the library was built for; -1 when there is none. */
static int32_t choose_level(const aj_model *model) {
    int32_t level = aj_cpu_level();
    while (level >= 0 && !(model->levels >> level & 1)) level--;
    return level;
}

static aj_instance *instance_memory(const aotjit_options *options) {
    void *memory = NULL;
    if (options->allocate) {
        memory = options->allocate(options->context, sizeof(aj_instance), AJ_ALIGNMENT);
    } else if (posix_memalign(&memory, AJ_ALIGNMENT, sizeof(aj_instance)) != 0) {
        memory = NULL;
    }
    if (memory) memset(memory, 0, sizeof(aj_instance));
    return (aj_instance *)memory;
}

/* An instance without state. */
static int32_t create_empty(const aj_model *model, const aotjit_options *options, aj_instance **out) {
    if (model->abi != AJ_MODEL_ABI || (options->allocate == NULL) != (options->deallocate == NULL))
        return AJ_VALUE_ERROR;
    int32_t level = choose_level(model);
    if (level < 0) return AJ_RUNTIME_ERROR;
    aj_instance *self = instance_memory(options);
    if (!self) return AJ_MEMORY_ERROR;
    self->model = model;
    self->level = level;
    self->kernels = model->kernels[level];
    self->options = *options;
    self->threads = 1;
    self->references = 1;
    self->allocations = 1;
    aj_weights_begin(self);
    *out = self;
    return AJ_OK;
}

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

int32_t aj_first_state(aj_instance *self) {
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

static void drop_state(aj_instance *self, aj_word *state) {
    const char *code = self->model->state_code + 1;
    const aj_word *value = state;
    for (; *code && *code != ')'; code = aj_code_end(code)) {
        aj_release_value(self, code, value);
        value += aj_code_words(code);
    }
    aj_arena_free(self, state, (size_t)self->model->state_words * sizeof(aj_word));
}

int32_t aj_create(const aj_model *model, const aotjit_options *options, aj_instance **out) {
    if (!out) return AJ_VALUE_ERROR;
    *out = NULL;
    aotjit_options used;
    memset(&used, 0, sizeof used);
    if (options) {
        size_t known = options->size < sizeof used ? options->size : sizeof used;
        memcpy(&used, options, known);
    }
    aj_instance *self = NULL;
    int32_t status = create_empty(model, &used, &self);
    if (status) return status;
    if (!aj_weights_current(self)) status = aj_weights_adopt(self);
    else if (model->state_words) status = aj_first_state(self);
    if (status && aj_weights_known(self)) { /* without weights yet, the first call says so */
        aj_weights_end(self);
        aj_arena_dispose(self);
        return status;
    }
    aj_set_threads(self, used.threads);
    *out = self;
    return AJ_OK;
}

int32_t aj_reset(aj_instance *self) {
    if (!self) return AJ_VALUE_ERROR;
    aj_call_begin(self);
    int32_t status = aj_weights_current(self) ? AJ_OK : aj_weights_adopt(self);
    if (status) return status;
    aj_word *old = self->state;
    self->state = NULL;
    status = aj_first_state(self);
    if (status && self->state) drop_state(self, self->state);
    if (status) {
        self->state = old;
        return status;
    }
    if (old) drop_state(self, old);
    memset(&self->random, 0, sizeof self->random);
    return AJ_OK;
}

int32_t aj_copy_instance(const aj_instance *self, const aotjit_options *options, aj_instance **out) {
    if (out) *out = NULL;
    if (!self || !out) return AJ_VALUE_ERROR;
    aj_instance *copy = NULL;
    int32_t status = create_empty(self->model, options ? options : &self->options, &copy);
    if (status) return status;
    aj_weights_share(self, copy);
    if (self->state) status = state_memory(copy);
    if (!status && copy->state) status = aj_copy_state(self, copy);
    if (status) {
        aj_weights_end(copy);
        aj_arena_dispose(copy);
        return status;
    }
    copy->random = self->random;
    aj_set_threads(copy, self->threads);
    *out = copy;
    return AJ_OK;
}

int32_t aj_clone_instance(const aj_instance *self, aj_instance **out) { return aj_copy_instance(self, NULL, out); }

void aj_instance_unreference(aj_instance *self) {
    if (__atomic_sub_fetch(&self->references, 1, __ATOMIC_ACQ_REL) == 0) aj_arena_dispose(self);
}

void aj_set_threads(aj_instance *self, int32_t threads) {
    bool had = self->threads > 1, has = threads > 1;
    self->threads = has ? threads : 1;
    if (has && !had) aj_pool_acquire();
    if (had && !has) aj_pool_release();
}

void aj_dispose(aj_instance *self) {
    if (!self) return;
    aj_set_threads(self, 1);
    aj_weights_end(self);
    aj_instance_unreference(self);
}

const char *aj_last_error(const aj_instance *self) {
    return self ? self->error : "the instance could not be created: out of memory, wrong options, or a CPU below the "
                                "library's lowest level";
}

const char *aj_version(const aj_model *model) { return model->version; }

const char *aj_manifest(const aj_model *model) { return model->manifest; }
