#include "weights.h"

#include "call.h"
#include "dlpack_export.h"
#include "dtype.h"
#include "libc.h"
#include "operators.h"
#include "tensor.h"

const char aj_no_weights = 0;

/* Memory of one weight, behind this head; sets share it. */
typedef struct weight_memory {
    int64_t references; /* atomic */
    char padding[AJ_ALIGNMENT - sizeof(int64_t)];
} weight_memory;

struct aj_weight_set {
    int64_t references;     /* atomic: the model's cell, instances */
    weight_memory **memory; /* [weight_count], behind the tensors; NULL: the library's or the caller's */
    aj_tensor tensors[];    /* [weight_count], immortal */
};

/* -- locks: held for a few instructions (readers), or while a set is made (writers) -------------------------------- */

enum { SYS_SCHED_YIELD = 24 };

static void lock(uint32_t *word) {
    while (__atomic_exchange_n(word, 1, __ATOMIC_ACQUIRE)) syscall(SYS_SCHED_YIELD);
}

static void unlock(uint32_t *word) { __atomic_store_n(word, 0, __ATOMIC_RELEASE); }

/* -- sets ---------------------------------------------------------------------------------------------------------- */

static void retain_memory(weight_memory *memory) {
    if (memory) __atomic_add_fetch(&memory->references, 1, __ATOMIC_RELAXED);
}

static void release_memory(weight_memory *memory) {
    if (memory && __atomic_sub_fetch(&memory->references, 1, __ATOMIC_ACQ_REL) == 0) free(memory);
}

static void release_set(const aj_model *model, aj_weight_set *set) {
    if (!set || __atomic_sub_fetch(&set->references, 1, __ATOMIC_ACQ_REL)) return;
    for (uint32_t i = 0; i < model->weight_count; i++) release_memory(set->memory[i]);
    free(set);
}

static bool is_set(const aj_weight_set *set) { return set && set != (const void *)&aj_no_weights; }

/* A copy of `from`, which shares its memory; of the library's own tensors where `from` is NULL. */
static aj_weight_set *copy_set(const aj_model *model, const aj_weight_set *from) {
    size_t count = model->weight_count, tensors = count * sizeof(aj_tensor);
    void *block = NULL;
    if (posix_memalign(&block, AJ_ALIGNMENT, sizeof(aj_weight_set) + tensors + count * sizeof(void *))) return NULL;
    aj_weight_set *set = (aj_weight_set *)block;
    set->references = 1;
    memcpy(set->tensors, from ? from->tensors : model->tensors, tensors);
    set->memory = (weight_memory **)(void *)(set->tensors + count);
    for (size_t i = 0; i < count; i++) {
        set->memory[i] = from ? from->memory[i] : NULL;
        retain_memory(set->memory[i]);
    }
    return set;
}

static void replace_current(aj_weights_cell *cell, const aj_model *model, aj_weight_set *set) {
    lock(&cell->reading);
    aj_weight_set *old = cell->current;
    __atomic_store_n(&cell->current, set, __ATOMIC_RELEASE);
    unlock(&cell->reading);
    release_set(model, old);
}

/* The set of the file's weights becomes the present one. The caller holds `writing`. */
static int32_t open_file(aj_instance *self, const char *path) {
    const aj_model *model = self->model;
    const char *content = NULL;
    int32_t status = model->map_weights(self, path, &content);
    if (status) return status;
    aj_weight_set *set = copy_set(model, NULL);
    if (!set) return aj_fail(self, AJ_MEMORY_ERROR, "out of memory");
    for (uint32_t i = 0; i < model->weight_count; i++) {
        set->tensors[i].data = (void *)((uintptr_t)content + (uintptr_t)set->tensors[i].data);
    }
    replace_current(model->cell, model, set);
    return AJ_OK;
}

static int32_t open_when_needed(aj_instance *self) {
    aj_weights_cell *cell = self->model->cell;
    if (self->model->weights_place != AJ_WEIGHTS_FILE || cell->current) return AJ_OK;
    return open_file(self, NULL);
}

int32_t aj_open_weights(aj_instance *self, const char *path) {
    if (!self) return AJ_VALUE_ERROR;
    aj_call_begin(self);
    if (self->model->weights_place != AJ_WEIGHTS_FILE)
        return aj_fail(self, AJ_RUNTIME_ERROR, "this library has no file of weights");
    lock(&self->model->cell->writing);
    int32_t status = open_file(self, path);
    unlock(&self->model->cell->writing);
    return status;
}

/* -- instances ----------------------------------------------------------------------------------------------------- */

void aj_weights_begin(aj_instance *self) {
    bool inside = self->model->weights_place == AJ_WEIGHTS_EMBEDDED;
    self->weights = inside ? self->model->tensors : NULL;
    self->weight_set = inside ? NULL : (aj_weight_set *)(uintptr_t)&aj_no_weights;
}

/* Could the state hold a view of a weight? What it stores itself is copied; containers and instances of classes keep
 * what is put into them. */
static bool state_may_refer(const aj_model *model) {
    for (const char *code = model->state_code; *code; code++) {
        if (*code == 'C' || *code == 'F' || *code == 'A' || *code == 'U' || *code == 'L' || *code == 'D') return true;
    }
    return false;
}

int32_t aj_weights_adopt(aj_instance *self) {
    const aj_model *model = self->model;
    aj_weights_cell *cell = model->cell;
    if (model->weights_place == AJ_WEIGHTS_FILE && !aj_weights_known(self)) {
        lock(&cell->writing);
        int32_t status = open_when_needed(self);
        unlock(&cell->writing);
        if (status) return status;
    }
    lock(&cell->reading);
    aj_weight_set *set = cell->current;
    if (set) __atomic_add_fetch(&set->references, 1, __ATOMIC_RELAXED);
    unlock(&cell->reading);
    if (!set && model->weights_place != AJ_WEIGHTS_EMBEDDED) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "the weights have not been given yet");
    }
    aj_weight_set *old = self->weight_set;
    if (is_set(old) && state_may_refer(model)) {
        /* Kept as long as the instance: rare, and nothing says when the last view of it goes. */
        int32_t status = self->old_sets ? AJ_OK : aj_list_new(self, 1, 0, 0, &self->old_sets);
        aj_word word = (aj_word)(uintptr_t)old;
        if (!status) status = aj_list_append(self, self->old_sets, &word);
        if (status) {
            release_set(model, set);
            return status;
        }
        old = NULL;
    }
    if (is_set(old)) release_set(model, old);
    self->weight_set = set;
    self->weights = set ? set->tensors : model->tensors;
    return self->state || !model->state_functions ? AJ_OK : model->state_functions->make_first(self);
}

void aj_weights_end(aj_instance *self) {
    for (int64_t i = 0; self->old_sets && i < self->old_sets->length; i++) {
        release_set(self->model, (aj_weight_set *)(uintptr_t)self->old_sets->data[i]);
    }
    self->old_sets = NULL;
    if (is_set(self->weight_set)) release_set(self->model, self->weight_set);
    self->weight_set = NULL;
}

void aj_weights_share(const aj_instance *from, aj_instance *to) {
    to->weights = from->weights;
    to->weight_set = from->weight_set;
    if (is_set(to->weight_set)) __atomic_add_fetch(&to->weight_set->references, 1, __ATOMIC_RELAXED);
}

/* -- replacing ----------------------------------------------------------------------------------------------------- */

static int64_t panels_of(const aj_weight_view *view, int64_t width) { return (view->sizes[1] + width - 1) / width; }

/* Elements of one output column in a panel: everything behind the first two dims of the view. */
static int64_t depth_of(const aj_weight_view *view) {
    int64_t depth = 1;
    for (int32_t d = 2; d < view->ndim; d++) depth *= view->sizes[d];
    return depth;
}

static size_t weight_bytes(const aj_weight *weight, const aj_tensor *t) {
    int64_t element = aj_dtype_bytes(t->dtype);
    if (weight->layout == AJ_LAYOUT_PLAIN) return (size_t)(t->numel * element);
    int64_t width = AJ_PANEL_ROW / element;
    return (size_t)(weight->view->sizes[0] * panels_of(weight->view, width) * depth_of(weight->view) * AJ_PANEL_ROW);
}

/* Strides of the view in elements of `given`, whose own may be any. False where they do not follow: the view takes
 * several of the original's dims together. */
static bool compose(const aj_weight_view *view, const aj_tensor *given, int64_t *offset, int64_t *strides) {
    if (!aj_tensor_is_contiguous(given)) return false;
    *offset = view->offset;
    for (int32_t d = 0; d < view->ndim; d++) strides[d] = view->strides[d];
    return true;
}

static void fill_panels(const aj_weight_view *v, char *to, const char *from, const int64_t *strides, int32_t dtype) {
    int64_t element = aj_dtype_bytes(dtype), width = AJ_PANEL_ROW / element, depth = depth_of(v);
    int64_t sizes[AJ_MAX_RANK], out[AJ_MAX_RANK], in[AJ_MAX_RANK], step = width;
    int32_t rank = v->ndim - 1; /* the depth's dims, then a panel's columns */
    for (int32_t d = rank - 2; d >= 0; d--) {
        sizes[d] = v->sizes[d + 2];
        in[d] = strides[d + 2];
        out[d] = step;
        step *= sizes[d];
    }
    out[rank - 1] = 1;
    in[rank - 1] = strides[1];
    for (int64_t g = 0; g < v->sizes[0]; g++) {
        for (int64_t n = 0; n < v->sizes[1]; n += width, to += depth * AJ_PANEL_ROW) {
            sizes[rank - 1] = v->sizes[1] - n < width ? v->sizes[1] - n : width;
            if (sizes[rank - 1] < width) memset(to, 0, (size_t)(depth * AJ_PANEL_ROW));
            const char *column = from + (g * strides[0] + n * strides[1]) * element;
            aj_strided_copy(rank, sizes, to, dtype, out, column, dtype, in);
        }
    }
}

static void fill(const aj_weight *weight, const aj_tensor *t, char *to, const char *from, const int64_t *strides) {
    const aj_weight_view *v = weight->view;
    if (weight->layout == AJ_LAYOUT_PANELS) {
        fill_panels(v, to, from, strides, t->dtype);
        return;
    }
    int64_t out[AJ_MAX_RANK], step = 1;
    for (int32_t d = v->ndim - 1; d >= 0; d--) {
        out[d] = step;
        step *= v->sizes[d];
    }
    aj_strided_copy(v->ndim, v->sizes, to, t->dtype, out, from, t->dtype, strides);
}

static bool is_identity(const aj_weight_view *v) {
    int64_t step = 1;
    for (int32_t d = v->ndim - 1; d >= 0; d--) {
        if (v->sizes[d] != 1 && v->strides[d] != step) return false;
        step *= v->sizes[d];
    }
    return v->offset == 0;
}

/* Makes weight `i` of `set` from `given`, the program's tensor that it comes from. */
static int32_t replace_one(aj_instance *self, aj_weight_set *set, uint32_t i, const aj_tensor *given, uint32_t flags) {
    const aj_weight *weight = &self->model->weights[i];
    aj_tensor *t = &set->tensors[i], *copy = NULL;
    int64_t strides[AJ_MAX_RANK], offset = 0;
    bool borrow = flags & AJ_REPLACE_BORROW && weight->layout == AJ_LAYOUT_PLAIN && is_identity(weight->view) &&
                  aj_tensor_is_contiguous(given) && (uintptr_t)given->data % AJ_ALIGNMENT == 0;
    release_memory(set->memory[i]);
    set->memory[i] = NULL;
    if (borrow) {
        t->data = given->data;
        return AJ_OK;
    }
    const aj_tensor *used = given;
    if (!compose(weight->view, given, &offset, strides)) {
        aj_tensor source = *given; /* on this stack: aj_clone reads it only */
        int32_t status = aj_clone(self, &source, &copy);
        if (status) return status;
        used = copy;
        compose(weight->view, used, &offset, strides);
    }
    void *block = NULL;
    size_t bytes = weight_bytes(weight, t);
    if (posix_memalign(&block, AJ_ALIGNMENT, sizeof(weight_memory) + bytes)) {
        if (copy) aj_release(self, &copy->head);
        return aj_fail(self, AJ_MEMORY_ERROR, "out of memory: %lld bytes for the weight '%s'", (long long)bytes,
                       weight->name);
    }
    set->memory[i] = (weight_memory *)block;
    set->memory[i]->references = 1;
    t->data = (char *)block + sizeof(weight_memory);
    fill(weight, t, (char *)t->data, (const char *)used->data + offset * aj_dtype_bytes(t->dtype), strides);
    if (copy) aj_release(self, &copy->head);
    return AJ_OK;
}

static const aj_parameter *find(const aj_model *model, const char *name, int32_t *hint) {
    for (int32_t k = 0; k < model->parameter_count; k++) {
        int32_t at = *hint + k < model->parameter_count ? *hint + k : *hint + k - model->parameter_count;
        size_t bytes = strlen(name) + 1;
        if (strlen(model->parameters[at].name) + 1 == bytes && memcmp(model->parameters[at].name, name, bytes) == 0) {
            *hint = at + 1;
            return &model->parameters[at];
        }
    }
    return NULL;
}

static int32_t check(aj_instance *self, const aj_parameter *p, const aj_tensor *t) {
    if (p->folded) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "the weight '%s' cannot be replaced: %s", p->name, p->folded);
    }
    if (t->dtype != p->dtype) {
        return aj_fail(self, AJ_TYPE_ERROR, "the weight '%s': expected %s, got %s", p->name, aj_dtype_name(p->dtype),
                       aj_dtype_name(t->dtype));
    }
    if (t->ndim != p->ndim) {
        return aj_fail(self, AJ_VALUE_ERROR, "the weight '%s': expected %d dimension%s, got %d", p->name, (int)p->ndim,
                       p->ndim == 1 ? "" : "s", (int)t->ndim);
    }
    for (int32_t d = 0; d < t->ndim; d++) {
        if (t->sizes[d] == p->sizes[d]) continue;
        return aj_fail(self, AJ_VALUE_ERROR, "the weight '%s': dimension %d is %lld, expected %lld", p->name, (int)d,
                       (long long)t->sizes[d], (long long)p->sizes[d]);
    }
    return AJ_OK;
}

/* chosen[group] becomes the tensor given for it. */
static int32_t choose(aj_instance *self, const char *const *names, const aj_tensor *tensors, int64_t count,
                      const aj_tensor **chosen) {
    int32_t hint = 0;
    for (int64_t i = 0; i < count; i++) {
        if (!names[i]) return aj_fail(self, AJ_VALUE_ERROR, "weight %lld has no name", (long long)i);
        const aj_parameter *p = find(self->model, names[i], &hint);
        if (!p) return aj_fail(self, AJ_KEY_ERROR, "the model has no weight '%s'", names[i]);
        int32_t status = check(self, p, &tensors[i]);
        if (status) return status;
        if (p->group >= 0) chosen[p->group] = &tensors[i];
    }
    return AJ_OK;
}

static int32_t fill_set(aj_instance *self, aj_weight_set *set, const aj_tensor *const *chosen, uint32_t flags) {
    const aj_model *model = self->model;
    for (uint32_t i = 0; i < model->weight_count; i++) {
        const aj_weight *weight = &model->weights[i];
        const aj_tensor *given = weight->group >= 0 ? chosen[weight->group] : NULL;
        int32_t status = given ? replace_one(self, set, i, given, flags) : AJ_OK;
        if (!status && !set->tensors[i].data && set->tensors[i].numel) {
            status = aj_fail(self, AJ_KEY_ERROR, "the weight '%s' is missing", weight->name);
        }
        if (status) return status;
    }
    return AJ_OK;
}

static int32_t publish(aj_instance *self, const aj_tensor *const *chosen, uint32_t flags) {
    const aj_model *model = self->model;
    aj_weights_cell *cell = model->cell;
    lock(&cell->writing);
    int32_t status = open_when_needed(self);
    aj_weight_set *set = status ? NULL : copy_set(model, cell->current);
    if (!status) status = set ? fill_set(self, set, chosen, flags) : aj_fail(self, AJ_MEMORY_ERROR, "out of memory");
    if (status) {
        release_set(model, set);
    } else {
        replace_current(cell, model, set);
    }
    unlock(&cell->writing);
    return status;
}

int32_t aj_replace_weights(aj_instance *self, const char *const *names, const aj_tensor *tensors, int64_t count,
                           uint32_t flags) {
    void *memory = NULL;
    size_t bytes = ((size_t)self->model->group_count + 1) * sizeof(aj_tensor *);
    if (posix_memalign(&memory, AJ_ALIGNMENT, bytes)) return aj_fail(self, AJ_MEMORY_ERROR, "out of memory");
    memset(memory, 0, bytes);
    const aj_tensor **chosen = (const aj_tensor **)memory;
    int32_t status = choose(self, names, tensors, count, chosen);
    if (!status) status = publish(self, chosen, flags);
    free(memory);
    return status;
}

/* -- from C -------------------------------------------------------------------------------------------------------- */

static int32_t replace_dlpack(aj_instance *self, const char *const *names, const DLTensor *const *tensors,
                              int64_t count, uint32_t flags) {
    if (!self || count < 0 || (count && (!names || !tensors))) return AJ_VALUE_ERROR;
    aj_call_begin(self);
    void *memory = NULL;
    if (posix_memalign(&memory, AJ_ALIGNMENT, (size_t)(count + 1) * sizeof(aj_tensor)))
        return aj_fail(self, AJ_MEMORY_ERROR, "out of memory");
    aj_tensor *imported = (aj_tensor *)memory;
    int32_t status = AJ_OK;
    for (int64_t i = 0; i < count && !status; i++)
        status = aj_import_dltensor(self, names[i] ? names[i] : "?", tensors[i], &imported[i]);
    if (!status) status = aj_replace_weights(self, names, imported, count, flags);
    free(memory);
    return status;
}

int32_t aj_load_state(aj_instance *self, const char *const *names, const DLTensor *const *tensors, int64_t count) {
    return replace_dlpack(self, names, tensors, count, 0);
}

int32_t aj_use_weights(aj_instance *self, const char *const *names, const DLTensor *const *tensors, int64_t count) {
    return replace_dlpack(self, names, tensors, count, AJ_REPLACE_BORROW);
}
