#include "arena.h"

#include "dlpack_export.h"
#include "libc.h"

/* One piece of memory from the allocator; its first AJ_ALIGNMENT bytes are this header. */
typedef struct aj_region {
    struct aj_region *next;
    size_t bytes;
} aj_region;

enum { CHUNK_BYTES = 64 * 1024, LARGEST_CARVED = 16 * 1024 };

static void *region_new(aj_instance *self, size_t bytes) {
    size_t total = bytes + AJ_ALIGNMENT;
    void *memory = NULL;
    if (self->options.allocate) {
        memory = self->options.allocate(self->options.context, total, AJ_ALIGNMENT);
    } else if (posix_memalign(&memory, AJ_ALIGNMENT, total) != 0) {
        memory = NULL;
    }
    if (!memory) {
        aj_fail(self, AJ_MEMORY_ERROR, "out of memory: %lld bytes", (long long)bytes);
        return NULL;
    }
    aj_region *region = (aj_region *)memory;
    region->next = self->regions;
    region->bytes = total;
    self->regions = region;
    self->allocations++;
    return (char *)memory + AJ_ALIGNMENT;
}

static void *take_again(aj_instance *self, uint32_t size_class) {
    aj_block *block = self->free[size_class];
    if (block) self->free[size_class] = block->next;
    return block;
}

/* What is left of the chunk goes to the free lists, in blocks as large as fit. */
static void keep_rest(aj_instance *self) {
    size_t left = (size_t)(self->chunk_end - self->chunk);
    while (left >= AJ_ALIGNMENT) {
        uint32_t kept = aj_size_class(left);
        if (aj_class_bytes(kept) > left) kept--;
        aj_arena_give(self, self->chunk, kept);
        self->chunk += aj_class_bytes(kept);
        left -= aj_class_bytes(kept);
    }
}

__attribute__((noinline, cold)) void *aj_arena_refill(aj_instance *self, uint32_t size_class) {
    if (__atomic_load_n(&self->returned, __ATOMIC_RELAXED)) {
        aj_arena_drain(self);
        void *block = take_again(self, size_class);
        if (block) return block;
    }
    if (size_class >= AJ_SIZE_CLASSES - 4) {
        aj_fail(self, AJ_MEMORY_ERROR, "out of memory: the size of a block overflows");
        return NULL;
    }
    size_t bytes = aj_class_bytes(size_class);
#ifdef AJ_PLAIN_ARENA
    void *plain = NULL;
    if (posix_memalign(&plain, AJ_ALIGNMENT, bytes)) aj_fail(self, AJ_MEMORY_ERROR, "out of memory");
    return plain;
#endif
    if (bytes > LARGEST_CARVED) return region_new(self, bytes);
    if ((size_t)(self->chunk_end - self->chunk) < bytes) {
        char *chunk = (char *)region_new(self, CHUNK_BYTES);
        if (!chunk) return NULL;
        keep_rest(self);
        self->chunk = chunk;
        self->chunk_end = chunk + CHUNK_BYTES;
    }
    void *block = self->chunk;
    self->chunk += bytes;
    return block;
}

void aj_arena_drain(aj_instance *self) {
    aj_block *block = __atomic_exchange_n(&self->returned, NULL, __ATOMIC_ACQUIRE);
    while (block) {
        aj_block *next = block->next;
        aj_export_reclaim(self, block);
        block = next;
    }
}

int64_t aj_arena_allocations(const aj_instance *self) { return self->allocations; }

int64_t aj_arena_live_bytes(aj_instance *self) {
    aj_arena_drain(self);
    int64_t live = self->chunk - self->chunk_end;
    for (aj_region *r = self->regions; r; r = r->next) live += (int64_t)r->bytes - AJ_ALIGNMENT;
    for (uint32_t c = 0; c < AJ_SIZE_CLASSES; c++)
        for (aj_block *b = self->free[c]; b; b = b->next) live -= (int64_t)aj_class_bytes(c);
    return live;
}

/* Called by whoever drops the last reference, on any thread. */
void aj_arena_dispose(aj_instance *self) {
    aotjit_options options = self->options;
    aj_region *region = self->regions;
    while (region) {
        aj_region *next = region->next;
        if (options.deallocate) {
            options.deallocate(options.context, region, region->bytes);
        } else {
            free(region);
        }
        region = next;
    }
    if (options.deallocate) {
        options.deallocate(options.context, self, sizeof(aj_instance));
    } else {
        free(self);
    }
}
