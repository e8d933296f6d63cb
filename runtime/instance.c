#include "instance.h"

#include "arena.h"
#include "call.h"
#include "cpu.h"
#include "dlpack_export.h"
#include "libc.h"
#include "pool.h"

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

int32_t aj_create(const aj_model *model, const aotjit_options *options, aj_instance **out) {
    if (!out) return AJ_VALUE_ERROR;
    *out = NULL;
    aotjit_options used;
    memset(&used, 0, sizeof used);
    if (options) {
        size_t known = options->size < sizeof used ? options->size : sizeof used;
        memcpy(&used, options, known);
    }
    if (model->abi != AJ_MODEL_ABI || (used.allocate == NULL) != (used.deallocate == NULL)) return AJ_VALUE_ERROR;
    int32_t level = choose_level(model);
    if (level < 0) return AJ_RUNTIME_ERROR;
    aj_instance *self = instance_memory(&used);
    if (!self) return AJ_MEMORY_ERROR;
    self->model = model;
    self->level = level;
    self->kernels = model->kernels[level];
    self->options = used;
    self->threads = 1;
    self->references = 1;
    self->allocations = 1;
    int32_t status = AJ_OK;
    if (model->state_words > 0) {
        self->state = (aj_word *)aj_arena_alloc(self, (size_t)model->state_words * sizeof(aj_word));
        status = self->state ? aj_copy_value(self, model->state_code, model->state, self->state) : AJ_MEMORY_ERROR;
        if (!status && model->initialise) {
            aj_word nothing;
            status = model->initialise(self, &nothing, &nothing);
        }
    }
    if (status) {
        aj_arena_dispose(self);
        return status;
    }
    aj_set_threads(self, used.threads);
    *out = self;
    return AJ_OK;
}

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
    aj_instance_unreference(self);
}

const char *aj_last_error(const aj_instance *self) {
    return self ? self->error : "the instance could not be created: out of memory, wrong options, or a CPU below the "
                                "library's lowest level";
}

const char *aj_version(const aj_model *model) { return model->version; }

const char *aj_manifest(const aj_model *model) { return model->manifest; }
