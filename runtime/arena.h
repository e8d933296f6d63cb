/* Memory of an instance: size-class free lists over regions that are kept until the instance dies, so that a call whose
 * shapes were seen before takes no memory from the system. Blocks are 64-byte aligned. */
#ifndef AJ_ARENA_H
#define AJ_ARENA_H

#include "instance.h"

/* Block sizes: multiples of 64 up to 1 KiB, then four to the doubling. */
static inline uint32_t aj_size_class(size_t bytes) {
    if (bytes <= 1024) return bytes == 0 ? 0 : (uint32_t)((bytes - 1) >> 6);
    size_t last = bytes - 1;
    uint32_t exponent = 63u - (uint32_t)__builtin_clzll(last);
    return 16u + (exponent - 10u) * 4u + (uint32_t)((last >> (exponent - 2u)) & 3u);
}

/* Bytes of every block of a class. */
static inline size_t aj_class_bytes(uint32_t size_class) {
    if (size_class < 16) return ((size_t)size_class + 1) << 6;
    uint32_t exponent = 10u + (size_class - 16u) / 4u;
    return ((size_t)1 << exponent) + (((size_t)(size_class - 16u) % 4u + 1u) << (exponent - 2u));
}

void *aj_arena_refill(aj_instance *self, uint32_t size_class); /* records AJ_MEMORY_ERROR and returns NULL */

#ifdef AJ_PLAIN_ARENA
#include "libc.h"
/* For sanitizers: each block is malloc's own, so that they see what is used after its end and what is never freed. */
static inline void *aj_arena_take(aj_instance *self, uint32_t size_class) { return aj_arena_refill(self, size_class); }

static inline bool aj_arena_has(const aj_instance *self, uint32_t size_class) {
    (void)self;
    (void)size_class;
    return false;
}

static inline void aj_arena_give(aj_instance *self, void *memory, uint32_t size_class) {
    (void)self;
    (void)size_class;
    free(memory);
}
#else
/* Is a block there? Then taking one cannot fail. */
static inline bool aj_arena_has(const aj_instance *self, uint32_t size_class) {
    return __builtin_expect(self->free[size_class] != NULL, 1);
}

static inline void *aj_arena_take(aj_instance *self, uint32_t size_class) {
    aj_block *block = self->free[size_class];
    if (__builtin_expect(block == NULL, 0)) return aj_arena_refill(self, size_class);
    self->free[size_class] = block->next;
    return block;
}

static inline void aj_arena_give(aj_instance *self, void *memory, uint32_t size_class) {
    aj_block *block = (aj_block *)memory;
    block->next = self->free[size_class];
    self->free[size_class] = block;
}
#endif

/* NULL, with AJ_MEMORY_ERROR recorded, when there is no memory or `bytes` is absurd. */
static inline void *aj_arena_alloc(aj_instance *self, size_t bytes) {
    uint32_t size_class = aj_size_class(bytes);
    return aj_arena_take(self, size_class < AJ_SIZE_CLASSES ? size_class : AJ_SIZE_CLASSES - 1u);
}

/* `bytes` as given to aj_arena_alloc. */
static inline void aj_arena_free(aj_instance *self, void *memory, size_t bytes) {
    aj_arena_give(self, memory, aj_size_class(bytes));
}

/* Takes back blocks that other threads returned. */
void aj_arena_drain(aj_instance *self);
int64_t aj_arena_allocations(const aj_instance *self); /* calls of the allocator since the instance was created */
/* Of the blocks that somebody holds: a call that leaves nothing behind leaves it as it was, to the byte. */
int64_t aj_arena_live_bytes(aj_instance *self);

#endif
