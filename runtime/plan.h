/* How kernels walk memory: the iteration space of a pointwise kernel or a reduction, and the blocks that operands which
 * are not contiguous are copied to, so that generated code only ever sees contiguous runs of elements. */
#ifndef AJ_PLAN_H
#define AJ_PLAN_H

#include "dtype.h"
#include "object.h"
#include "rectangle.h"

/* Not inlined: code that is long where its callers are many, and runs long for each call. */
#define OUT_OF_LINE __attribute__((noinline))

/* A generated inner loop over rows. operands[k] points to the first of `count` contiguous elements, at least the
 * kernel's lanes (unless it takes short rows), of each input and then of each output; row r is r * strides[k] bytes further on. Bit k of `splats`:
 * input k has one element a row. Where `count` is not a multiple of the lanes, the last vector of a row overlaps the one
 * before: no output may then be an input's memory. Returns 0, or 1 when an integer was divided by zero. */
typedef int32_t (*aj_map)(void *const *operands, int64_t count, const aj_word *scalars, int64_t rows,
                          const int64_t *strides, uint64_t splats);

/* What is fixed about a kernel; constant data of generated code. */
typedef struct aj_kernel {
    int32_t inputs, outputs;
    int32_t lanes;
    int32_t cost;                     /* about how many picoseconds an element takes */
    int32_t short_rows;               /* 1: `count` may be less than the lanes       */
    int16_t wide;                     /* 1: elements have up to 16 bytes, else 8     */
    int16_t uniform;                  /* 1: every element of the outputs is the same */
    uint64_t reuse;                   /* bit i: nobody needs input i afterwards      */
    uint8_t dtypes[AJ_MAX_OPERANDS];  /* of the inputs, then of the outputs          */
} aj_kernel;

enum {
    AJ_BLOCK = 256, AJ_MOST_BLOCK = 1024, /* elements of one block buffer, by how many operands need one */
    AJ_BUFFER_BYTES = AJ_MAX_OPERANDS * AJ_BLOCK * 8,
    AJ_TILE_ROWS = 32                     /* of a transposed operand: two cache lines of f32         */
};

/* A kernel with the memory it runs over: base[i] is the first element of operand i in `plan`'s space. */
typedef struct aj_walk {
    const aj_kernel *kernel;
    aj_map run;
    const aj_word *scalars;
    aj_plan plan;
    char *base[AJ_MAX_OPERANDS];
    int64_t bytes[AJ_MAX_OPERANDS]; /* of one element */
    int64_t count;                  /* elements of the whole space */
} aj_walk;

/* Removes dims of size 1 and joins neighbours that every operand walks in one stride; at least one dim stays. */
void aj_plan_coalesce(aj_plan *plan);
/* Byte strides of `t` in the space: 0 where it is broadcast. The sizes must be compatible. */
void aj_plan_operand(aj_plan *plan, int32_t operand, const aj_tensor *t);
/* The walk of a kernel over the space of `sizes`, to which all its operands broadcast. */
void aj_walk_fill(aj_walk *walk, aj_map run, const aj_kernel *kernel, aj_tensor *const *inputs, const aj_word *scalars,
                  aj_tensor *const *outputs, int32_t ndim, const int64_t *sizes);
/* Runs the kernel on the elements [begin, end) of the space in row-major order. */
int32_t aj_walk_range(const aj_walk *walk, int64_t begin, int64_t end);
/* The same on contiguous operands at `at`. */
int32_t aj_map_contiguous(const aj_kernel *kernel, aj_map run, const aj_word *scalars, char *const *at, int64_t count);
/* Fewer elements than lanes, by way of buffers. */
int32_t aj_map_rest(const aj_kernel *kernel, aj_map run, const aj_word *scalars, char *const *at, uint64_t splats,
                    int64_t count);
/* Checks the dtype of an operand, or those of all inputs, against the kernel. */
int32_t aj_operand_check(aj_instance *self, const aj_kernel *kernel, int32_t operand, const aj_tensor *t);
int32_t aj_kernel_check(aj_instance *self, const aj_kernel *kernel, aj_tensor *const *inputs);

/* The results alone, for generated code that runs a nest of its own: new tensors of shape sizes[ndim], or dead inputs. */
int32_t aj_pointwise_results(aj_instance *self, const aj_kernel *kernel, aj_tensor *const *inputs, int32_t ndim,
                             const int64_t *sizes, aj_tensor **results);
/* results[i]: new tensors of the broadcast shape of the inputs. */
int32_t aj_pointwise(aj_instance *self, aj_map run, const aj_kernel *kernel, aj_tensor *const *inputs,
                     const aj_word *scalars, aj_tensor **results);
/* Writes to `outs`, to whose shape the inputs must broadcast. */
int32_t aj_pointwise_out(aj_instance *self, aj_map run, const aj_kernel *kernel, aj_tensor *const *inputs,
                         const aj_word *scalars, aj_tensor *const *outs);

/* A generated fold over rows of inputs as in aj_map, with one pointer for the accumulators of each result. Either each
 * row goes to the accumulator of its place (lanes behind a shorter row hold its last element), or element c of every
 * row to accumulator c (no splats, at least `lanes` elements). */
typedef int32_t (*aj_fold)(void *const *inputs, int64_t count, const aj_word *scalars, int64_t rows,
                           const int64_t *strides, uint64_t splats, void *const *accumulators);

/* What is fixed about a reduction. Accumulators are wider than the results where that keeps sums accurate. */
enum { AJ_MAX_RESULTS = 4 };
enum aj_combiner {
    AJ_COMBINE_ADD, AJ_COMBINE_MUL, AJ_COMBINE_MAX, AJ_COMBINE_MIN, AJ_COMBINE_AND, AJ_COMBINE_OR
};
typedef struct aj_reduction {
    aj_kernel kernel; /* the inputs, no outputs                                            */
    int32_t results;
    int32_t never_empty; /* bit i: result i has no identity                                */
    uint8_t result_dtypes[AJ_MAX_RESULTS], accumulator_dtypes[AJ_MAX_RESULTS];
    uint8_t combiners[AJ_MAX_RESULTS];   /* enum aj_combiner                               */
    uint64_t identities[AJ_MAX_RESULTS]; /* bits of the accumulators' first values         */
} aj_reduction;

/* Folds over all dims of the broadcast shape of the inputs; the results have rank 0. */
int32_t aj_reduce_all(aj_instance *self, aj_fold fold, const aj_reduction *reduction, aj_tensor *const *inputs,
                      const aj_word *scalars, aj_tensor **results);
/* Lanes behind a short row get its last element, so that no lane sees a value that is not the operand's. */
void aj_pad_row(char *row, int64_t count, int64_t lanes, int64_t bytes);
/* One accumulator of a result combined with another one. */
void aj_accumulators_merge(const aj_reduction *reduction, int32_t result, void *to, const void *from);
/* Folds over dims[count] of the broadcast shape of the inputs; count < 0: over all of them. `columns` may be NULL when
 * everything is folded. */
int32_t aj_reduce(aj_instance *self, aj_fold fold, aj_fold columns, const aj_reduction *reduction,
                  aj_tensor *const *inputs, const aj_word *scalars, int64_t count, const int64_t *dims, bool keepdim,
                  aj_tensor **results);
/* The same with the dims in a List[int], where an empty list means all. */
int32_t aj_reduce_list(aj_instance *self, aj_fold fold, aj_fold columns, const aj_reduction *reduction,
                       aj_tensor *const *inputs, const aj_word *scalars, const aj_list *dims, bool keepdim,
                       aj_tensor **results);

/* How many of `count` units one thread takes at a time when `elements` elements, `cost` picoseconds each, are worth
 * several threads; `count` when they are not. */
int64_t aj_parallel_grain(int64_t elements, int64_t cost, int64_t count);

#endif
