/* How kernels walk memory: the iteration space of a pointwise kernel or a reduction, and the blocks that operands which
 * are not contiguous are copied to, so that generated code only ever sees contiguous runs of elements. */
#ifndef AJ_PLAN_H
#define AJ_PLAN_H

#include "dtype.h"
#include "object.h"

/* Not inlined: code that is long where its callers are many, and runs long for each call. */
#define OUT_OF_LINE __attribute__((noinline))

/* A generated inner loop: operands[i] points to `count` contiguous elements of each input and then of each output.
 * `count` is a positive multiple of the kernel's lanes. Returns 0, or 1 when an integer was divided by zero. A kernel
 * without outputs folds its elements: the first words of `scalars` point to the accumulators, and `count` may also be
 * less than the lanes; the inputs are then readable up to the lanes. */
typedef int32_t (*aj_map)(void *const *operands, int64_t count, const aj_word *scalars);

/* What is fixed about a kernel; constant data of generated code. */
typedef struct aj_kernel {
    int32_t inputs, outputs;
    int32_t lanes;
    int32_t cost;                     /* about how many picoseconds an element takes */
    uint64_t reuse;                   /* bit i: nobody needs input i afterwards      */
    uint8_t dtypes[AJ_MAX_OPERANDS];  /* of the inputs, then of the outputs          */
} aj_kernel;

enum { AJ_BLOCK = 256, AJ_MOST_BLOCK = 1024 }; /* elements of one block buffer, by how many operands need one */

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
/* Copies `count` elements from `from` on, `stride` bytes apart, to a contiguous buffer, and back. */
void aj_plan_gather(char *to, const char *from, int64_t stride, int64_t count, int64_t bytes);
void aj_plan_scatter(char *to, const char *from, int64_t stride, int64_t count, int64_t bytes);
/* Runs the kernel on the elements [begin, end) of the space in row-major order. */
int32_t aj_walk_range(const aj_walk *walk, int64_t begin, int64_t end);
/* The same on contiguous operands at `at`. */
int32_t aj_map_contiguous(const aj_kernel *kernel, aj_map run, const aj_word *scalars, char *const *at, int64_t count);
/* Checks the inputs' dtypes against the kernel. */
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

/* What is fixed about a reduction. Accumulators are wider than the results where that keeps sums accurate. */
enum { AJ_MAX_RESULTS = 4 };
typedef struct aj_reduction {
    aj_kernel fold; /* the inputs, no outputs                                              */
    aj_kernel rows; /* inputs: accumulators, then the inputs; outputs: the accumulators    */
    int32_t results;
    int32_t never_empty; /* bit i: result i has no identity                                */
    uint8_t result_dtypes[AJ_MAX_RESULTS], accumulator_dtypes[AJ_MAX_RESULTS];
    uint64_t identities[AJ_MAX_RESULTS]; /* bits of the accumulators' first values         */
} aj_reduction;

/* Folds over dims[count] of the broadcast shape of the inputs; count < 0: over all of them. `scalars` has room for
 * `results` pointers in front. `rows` may be NULL when everything is folded. */
int32_t aj_reduce(aj_instance *self, aj_map fold, aj_map rows, const aj_reduction *reduction, aj_tensor *const *inputs,
                  aj_word *scalars, int64_t count, const int64_t *dims, bool keepdim, aj_tensor **results);
/* The same with the dims in a List[int], where an empty list means all. */
int32_t aj_reduce_list(aj_instance *self, aj_map fold, aj_map rows, const aj_reduction *reduction,
                       aj_tensor *const *inputs, aj_word *scalars, const aj_list *dims, bool keepdim,
                       aj_tensor **results);

#endif
