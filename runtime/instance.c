#include "instance.h"

#include "arena.h"
#include "call.h"
#include "cpu.h"
#include "dlpack_export.h"
#include "libc.h"
#include "pool.h"
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

static uint64_t instances; /* atomic: made so far */

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
    /* Another instance may have had this address. */
    self->calls = __atomic_add_fetch(&instances, 1, __ATOMIC_RELAXED) << 32;
    aj_weights_begin(self);
    *out = self;
    return AJ_OK;
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
    else if (model->state_functions) status = model->state_functions->make_first(self);
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
    const aj_state_functions *functions = self->model->state_functions;
    aj_word *old = self->state;
    self->state = NULL;
    if (!status && functions) status = functions->make_first(self);
    if (status) {
        if (self->state) functions->drop(self, self->state);
        self->state = old;
        return status;
    }
    if (old) functions->drop(self, old);
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
    if (self->state) status = self->model->state_functions->copy(self, copy);
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

int32_t aj_instance_beside(const aj_instance *self, aj_instance **out) {
    return create_empty(self->model, &self->options, out);
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
    if (self->tasks) self->end_tasks(self, true);
#ifdef AJ_PLAIN_ARENA /* else they go with the arena's regions */
    if (self->fourier_plans) self->end_plans(self);
#endif
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
