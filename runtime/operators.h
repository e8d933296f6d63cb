/* Runtime functions behind operators: what a `Runtime(...)` lowering names. All of them: int32_t status, `self` first,
 * then the operator's arguments in its schema's order, then one out pointer per result. int is int64_t, float double,
 * bool bool, Optional[int] (bool present, int64_t value), a dtype is its number as int64_t. Tensors and lists are
 * borrowed, results owned. Dims wrap when negative. Views share memory. */
#ifndef AJ_OPERATORS_H
#define AJ_OPERATORS_H

#include "object.h"

/* -- view.c, part.c: views --------------------------------------------------------------------------------------- */
int32_t aj_view_select(aj_instance *self, aj_tensor *t, int64_t dim, int64_t index, aj_tensor **out);
int32_t aj_view_slice(aj_instance *self, aj_tensor *t, int64_t dim, bool has_start, int64_t start, bool has_end,
                      int64_t end, int64_t step, aj_tensor **out);
int32_t aj_view_narrow(aj_instance *self, aj_tensor *t, int64_t dim, int64_t start, int64_t length, aj_tensor **out);
/* Fails when the strides do not allow it; one size may be -1. */
int32_t aj_view_reshape(aj_instance *self, aj_tensor *t, const aj_list *sizes, aj_tensor **out);
/* A view where possible, else a copy. */
int32_t aj_reshape(aj_instance *self, aj_tensor *t, const aj_list *sizes, aj_tensor **out);
int32_t aj_view_all(aj_instance *self, aj_tensor *t, aj_tensor **out);
int32_t aj_view_flatten(aj_instance *self, aj_tensor *t, int64_t start, int64_t end, aj_tensor **out);
int32_t aj_view_unflatten(aj_instance *self, aj_tensor *t, int64_t dim, const aj_list *sizes, aj_tensor **out);
int32_t aj_view_permute(aj_instance *self, aj_tensor *t, const aj_list *dims, aj_tensor **out);
int32_t aj_view_transpose(aj_instance *self, aj_tensor *t, int64_t dim0, int64_t dim1, aj_tensor **out);
int32_t aj_view_t(aj_instance *self, aj_tensor *t, aj_tensor **out);
int32_t aj_view_expand(aj_instance *self, aj_tensor *t, const aj_list *sizes, aj_tensor **out);
int32_t aj_view_expand_as(aj_instance *self, aj_tensor *t, aj_tensor *other, aj_tensor **out);
int32_t aj_view_squeeze(aj_instance *self, aj_tensor *t, aj_tensor **out);
int32_t aj_view_squeeze_dim(aj_instance *self, aj_tensor *t, int64_t dim, aj_tensor **out);
int32_t aj_view_unsqueeze(aj_instance *self, aj_tensor *t, int64_t dim, aj_tensor **out);
int32_t aj_view_as_strided(aj_instance *self, aj_tensor *t, const aj_list *sizes, const aj_list *strides,
                           bool has_offset, int64_t offset, aj_tensor **out);
int32_t aj_view_detach(aj_instance *self, aj_tensor *t, aj_tensor **out); /* a new tensor object, same memory */
int32_t aj_view_unbind(aj_instance *self, aj_tensor *t, int64_t dim, aj_list **out);
int32_t aj_view_chunk(aj_instance *self, aj_tensor *t, int64_t chunks, int64_t dim, aj_list **out);
int32_t aj_view_split(aj_instance *self, aj_tensor *t, int64_t size, int64_t dim, aj_list **out);
int32_t aj_view_split_with_sizes(aj_instance *self, aj_tensor *t, const aj_list *sizes, int64_t dim, aj_list **out);

/* -- complex_view.c: complex numbers as pairs --------------------------------------------------------------------- */
int32_t aj_view_as_real(aj_instance *self, aj_tensor *t, aj_tensor **out);
int32_t aj_view_as_complex(aj_instance *self, aj_tensor *t, aj_tensor **out);

/* -- fourier.c: along the last dim, which is cut or filled up with zeros; `kernels` is an aj_fourier -------------- */
struct aj_fourier;
int32_t aj_fourier_complex(aj_instance *self, const struct aj_fourier *kernels, aj_tensor *x, int64_t n, bool inverse,
                           double scale, aj_tensor **out);
int32_t aj_fourier_of_real(aj_instance *self, const struct aj_fourier *kernels, aj_tensor *x, int64_t n, double scale,
                           aj_tensor **out); /* n / 2 + 1 numbers: the others are their conjugates */
int32_t aj_fourier_to_real(aj_instance *self, const struct aj_fourier *kernels, aj_tensor *x, int64_t n, double scale,
                           aj_tensor **out); /* from n / 2 + 1 numbers */

/* -- tensor.c: copies --------------------------------------------------------------------------------------------- */
int32_t aj_with_dims(aj_instance *self, aj_tensor *t, aj_tensor **out); /* `t` itself; fails for a 0-dim tensor */
int32_t aj_contiguous(aj_instance *self, aj_tensor *t, aj_tensor **out); /* `t` itself, retained, when it is already */
int32_t aj_clone(aj_instance *self, aj_tensor *t, aj_tensor **out);
/* destination[...] = source, broadcast, converting between dtypes; returns destination retained. */
int32_t aj_copy_(aj_instance *self, aj_tensor *destination, aj_tensor *source, aj_tensor **out);
int32_t aj_to_dtype(aj_instance *self, aj_tensor *t, int64_t dtype, aj_tensor **out); /* `t` retained when it has it */

/* -- create.c: new tensors and scalars ---------------------------------------------------------------------------- */
int32_t aj_empty(aj_instance *self, const aj_list *sizes, int64_t dtype, aj_tensor **out);
/* `value` is converted to dtype: the double for floating dtypes (and integers given as float), else the integer. */
int32_t aj_full(aj_instance *self, const aj_list *sizes, double value, int64_t dtype, aj_tensor **out);
int32_t aj_full_int(aj_instance *self, const aj_list *sizes, int64_t value, int64_t dtype, aj_tensor **out);
int32_t aj_full_like(aj_instance *self, aj_tensor *t, double value, int64_t dtype, aj_tensor **out);
int32_t aj_full_like_int(aj_instance *self, aj_tensor *t, int64_t value, int64_t dtype, aj_tensor **out);
int32_t aj_zeros(aj_instance *self, const aj_list *sizes, int64_t dtype, aj_tensor **out);
int32_t aj_ones(aj_instance *self, const aj_list *sizes, int64_t dtype, aj_tensor **out);
int32_t aj_empty_like(aj_instance *self, aj_tensor *t, int64_t dtype, aj_tensor **out);
int32_t aj_zeros_like(aj_instance *self, aj_tensor *t, int64_t dtype, aj_tensor **out);
int32_t aj_ones_like(aj_instance *self, aj_tensor *t, int64_t dtype, aj_tensor **out);
int32_t aj_fill_(aj_instance *self, aj_tensor *t, double value, aj_tensor **out); /* `t` retained */
int32_t aj_fill_int_(aj_instance *self, aj_tensor *t, int64_t value, aj_tensor **out);
int32_t aj_arange_int(aj_instance *self, int64_t start, int64_t end, int64_t step, int64_t dtype, aj_tensor **out);
int32_t aj_arange_float(aj_instance *self, double start, double end, double step, int64_t dtype, aj_tensor **out);
int32_t aj_scalar_tensor_int(aj_instance *self, int64_t value, int64_t dtype, aj_tensor **out); /* 0-d */
int32_t aj_scalar_tensor_float(aj_instance *self, double value, int64_t dtype, aj_tensor **out);
int32_t aj_scalar_tensor_bool(aj_instance *self, bool value, int64_t dtype, aj_tensor **out);
/* From List[int|float|bool] or nested lists of them; `code` is the element's type code ("i", "Lf"). */
int32_t aj_tensor_from_list(aj_instance *self, const aj_list *list, const char *code, int64_t dtype, aj_tensor **out);

/* -- gather.c: joining and picking -------------------------------------------------------------------------------- */
int32_t aj_cat(aj_instance *self, const aj_list *tensors, int64_t dim, aj_tensor **out); /* one dtype for all */
int32_t aj_stack(aj_instance *self, const aj_list *tensors, int64_t dim, aj_tensor **out);
int32_t aj_index_select(aj_instance *self, aj_tensor *t, int64_t dim, aj_tensor *index, aj_tensor **out);
int32_t aj_embedding(aj_instance *self, aj_tensor *weight, aj_tensor *index, aj_tensor **out);

/* -- index.c: indexing with tensors ------------------------------------------------------------------------------- */
/* t[indices]: one Optional[Tensor] for each dim from the first on; int64, int32, or bool masks (one for their rank). */
int32_t aj_index(aj_instance *self, aj_tensor *t, const aj_list *indices, aj_tensor **out);
int32_t aj_index_put(aj_instance *self, aj_tensor *t, const aj_list *indices, aj_tensor *values,
                     bool accumulate); /* one dtype */
int32_t aj_nonzero(aj_instance *self, aj_tensor *t, aj_tensor **out); /* [count, rank] of int64 */
int32_t aj_gather(aj_instance *self, aj_tensor *t, int64_t dim, aj_tensor *index, aj_tensor **out);

/* -- pooling.c: lists have one number for each of `rank` spatial dims, or one for all; an empty stride is the kernel -- */
int32_t aj_max_pool(aj_instance *self, aj_tensor *t, const aj_list *kernel, const aj_list *stride,
                    const aj_list *padding, const aj_list *dilation, bool ceil, int64_t rank, aj_tensor **out);
int32_t aj_avg_pool(aj_instance *self, aj_tensor *t, const aj_list *kernel, const aj_list *stride,
                    const aj_list *padding, bool ceil, bool include_padding, bool has_divisor, int64_t divisor,
                    int64_t rank, aj_tensor **out);
int32_t aj_max_pool_with_indices(aj_instance *self, aj_tensor *t, const aj_list *kernel, const aj_list *stride,
                                 const aj_list *padding, const aj_list *dilation, bool ceil, int64_t rank,
                                 aj_tensor **out, aj_tensor **places);
int32_t aj_adaptive_avg_pool(aj_instance *self, aj_tensor *t, const aj_list *size, int64_t rank, aj_tensor **out);
int32_t aj_adaptive_max_pool(aj_instance *self, aj_tensor *t, const aj_list *size, int64_t rank, aj_tensor **out,
                             aj_tensor **places);

/* -- remap.c: copies with other places ---------------------------------------------------------------------------- */
/* `pads` from the last dim on: before, after; mode 0 constant, 1 reflect, 2 replicate, 3 circular. */
int32_t aj_pad(aj_instance *self, aj_tensor *t, const aj_list *pads, int64_t mode, double value, aj_tensor **out);
int32_t aj_roll(aj_instance *self, aj_tensor *t, const aj_list *shifts, const aj_list *dims, aj_tensor **out);
int32_t aj_flip(aj_instance *self, aj_tensor *t, const aj_list *dims, aj_tensor **out);

/* -- resample.c --------------------------------------------------------------------------------------------------- */
/* Mode 0 nearest, 1 nearest-exact, 2 linear, 3 cubic, 4 Lanczos; `scales` not above 0 follow from the sizes. */
int32_t aj_resample(aj_instance *self, aj_tensor *t, const aj_list *size, const aj_list *scales, int64_t mode,
                    bool corners, bool antialias, aj_tensor **out);

/* -- overlap.c ----------------------------------------------------------------------------------------------------- */
int32_t aj_view_diagonal(aj_instance *self, aj_tensor *t, int64_t offset, int64_t dim1, int64_t dim2, aj_tensor **out);
int32_t aj_view_unfold(aj_instance *self, aj_tensor *t, int64_t dim, int64_t size, int64_t step, aj_tensor **out);

/* -- sort.c: stable; NaN is above all numbers --------------------------------------------------------------------- */
int32_t aj_sort(aj_instance *self, aj_tensor *t, int64_t dim, bool descending, aj_tensor **values, aj_tensor **places);
int32_t aj_topk(aj_instance *self, aj_tensor *t, int64_t k, int64_t dim, bool largest, aj_tensor **values,
                aj_tensor **places);
int32_t aj_searchsorted(aj_instance *self, aj_tensor *sorted, aj_tensor *values, bool right, aj_tensor **out);

/* -- scatter.c: `how` elements are combined; AJ_FILL writes what is the same everywhere --------------------------- */
enum { AJ_WRITE = 0, AJ_ADD = 1, AJ_MULTIPLY = 2, AJ_LARGEST = 3, AJ_SMALLEST = 4, AJ_FILL = 5 };
void aj_combine(char *to, int32_t dtype, const char *from, int64_t how); /* of one element */
int32_t aj_scatter(aj_instance *self, aj_tensor *t, int64_t dim, aj_tensor *index, aj_tensor *source, int64_t how);

/* -- random.c: torch's numbers, written to `t` -------------------------------------------------------------------- */
int32_t aj_random_uniform(aj_instance *self, aj_tensor *t, double low, double high);
int32_t aj_random_normal(aj_instance *self, aj_tensor *t, double mean, double std);
int32_t aj_random_exponential(aj_instance *self, aj_tensor *t, double rate);
/* Without `high` to the largest whole number of the dtype. */
int32_t aj_random_integers(aj_instance *self, aj_tensor *t, int64_t low, bool has_high, int64_t high);
int32_t aj_random_whole(aj_instance *self, aj_tensor *t); /* from 0 to the largest */
int32_t aj_random_bernoulli(aj_instance *self, aj_tensor *t, double p);
int32_t aj_random_chances(aj_instance *self, aj_tensor *t, aj_tensor *chances);
int32_t aj_random_permutation(aj_instance *self, aj_tensor *t); /* contiguous int64 */
int32_t aj_manual_seed(aj_instance *self, int64_t seed);

/* -- scan.c ------------------------------------------------------------------------------------------------------- */
int32_t aj_cumsum(aj_instance *self, aj_tensor *t, int64_t dim, int64_t dtype, aj_tensor **out);
int32_t aj_cumprod(aj_instance *self, aj_tensor *t, int64_t dim, int64_t dtype, aj_tensor **out);

/* -- scalar.c: reading tensors ------------------------------------------------------------------------------------ */
int32_t aj_item_int(aj_instance *self, const aj_tensor *t, int64_t *out);   /* numel must be 1; int(t) truncates */
int32_t aj_item_float(aj_instance *self, const aj_tensor *t, double *out);
int32_t aj_item_bool(aj_instance *self, const aj_tensor *t, bool *out);     /* != 0 */
int32_t aj_size(aj_instance *self, const aj_tensor *t, int64_t dim, int64_t *out);
/* The sizes of what tensors of two shapes broadcast to. */
int32_t aj_broadcast_sizes(aj_instance *self, const aj_list *a, const aj_list *b, aj_list **out);
int32_t aj_size_list(aj_instance *self, const aj_tensor *t, aj_list **out);
int32_t aj_stride_list(aj_instance *self, const aj_tensor *t, aj_list **out);
int32_t aj_element_size(aj_instance *self, const aj_tensor *t, int64_t *out);
/* All elements of a contiguous tensor. */
int32_t aj_flat_list(aj_instance *self, const aj_tensor *t, aj_list **out);
int32_t aj_stride(aj_instance *self, const aj_tensor *t, int64_t dim, int64_t *out);
int32_t aj_dim(aj_instance *self, const aj_tensor *t, int64_t *out);
int32_t aj_numel(aj_instance *self, const aj_tensor *t, int64_t *out);
int32_t aj_len(aj_instance *self, const aj_tensor *t, int64_t *out); /* sizes[0]; TypeError when 0-d */
int32_t aj_dtype(aj_instance *self, const aj_tensor *t, int64_t *out);
int32_t aj_is_floating_point(aj_instance *self, const aj_tensor *t, bool *out);
int32_t aj_is_complex(aj_instance *self, const aj_tensor *t, bool *out);
int32_t aj_is_contiguous(aj_instance *self, const aj_tensor *t, bool *out);

/* -- complex.c: results as the words of a complex ------------------------------------------------------------------ */
#define AJ_COMPLEX_FUNCTION(name) int32_t aj_complex_##name(aj_instance *self, double re, double im, aj_word *out);
AJ_COMPLEX_FUNCTION(exp)
AJ_COMPLEX_FUNCTION(log)
AJ_COMPLEX_FUNCTION(sqrt)
AJ_COMPLEX_FUNCTION(sin)
AJ_COMPLEX_FUNCTION(cos)
AJ_COMPLEX_FUNCTION(tan)
AJ_COMPLEX_FUNCTION(asin)
AJ_COMPLEX_FUNCTION(acos)
AJ_COMPLEX_FUNCTION(atan)
AJ_COMPLEX_FUNCTION(sinh)
AJ_COMPLEX_FUNCTION(cosh)
AJ_COMPLEX_FUNCTION(tanh)
AJ_COMPLEX_FUNCTION(asinh)
AJ_COMPLEX_FUNCTION(acosh)
AJ_COMPLEX_FUNCTION(atanh)
int32_t aj_complex_pow(aj_instance *self, double re, double im, double re2, double im2, aj_word *out);
int32_t aj_complex_abs(aj_instance *self, double re, double im, double *out);
int32_t aj_complex_angle(aj_instance *self, double re, double im, double *out);
int32_t aj_complex_to_int(aj_instance *self, double re, double im, int64_t *out); /* fails where it is not real */
int32_t aj_item_complex(aj_instance *self, const aj_tensor *t, aj_word *out);     /* numel must be 1 */
int32_t aj_flat_complex_list(aj_instance *self, const aj_tensor *t, aj_list **out); /* contiguous */
int32_t aj_full_complex(aj_instance *self, const aj_list *sizes, double re, double im, int64_t dtype, aj_tensor **out);
int32_t aj_full_like_complex(aj_instance *self, aj_tensor *t, double re, double im, int64_t dtype, aj_tensor **out);
int32_t aj_scalar_tensor_complex(aj_instance *self, double re, double im, int64_t dtype, aj_tensor **out);
int32_t aj_list_sum_complex(aj_instance *self, const aj_list *list, aj_word *out);

/* -- list.c ------------------------------------------------------------------------------------------------------- */
int32_t aj_list_length(aj_instance *self, const aj_list *list, int64_t *out);
int32_t aj_list_get(aj_instance *self, const aj_list *list, int64_t i, aj_word *out); /* `width` words, retained */
int32_t aj_list_set(aj_instance *self, aj_list *list, int64_t i, const aj_word *element);
int32_t aj_list_has_room(aj_instance *self, aj_list *list, int64_t count, bool *out);
int32_t aj_list_insert(aj_instance *self, aj_list *list, int64_t i, const aj_word *element);
int32_t aj_list_pop(aj_instance *self, aj_list *list, int64_t i, aj_word *out);
int32_t aj_list_delete(aj_instance *self, aj_list *list, int64_t i);
int32_t aj_list_clear(aj_instance *self, aj_list *list);
int32_t aj_list_reverse(aj_instance *self, aj_list *list);
int32_t aj_list_copy(aj_instance *self, const aj_list *list, aj_list **out);
int32_t aj_list_concat(aj_instance *self, const aj_list *a, const aj_list *b, aj_list **out);
int32_t aj_list_repeat(aj_instance *self, const aj_list *list, int64_t count, aj_list **out);
int32_t aj_list_repeat_(aj_instance *self, aj_list *list, int64_t count, aj_list **out); /* in place; `list` retained */
int32_t aj_list_slice(aj_instance *self, const aj_list *list, bool has_start, int64_t start, bool has_end, int64_t end,
                      int64_t step, aj_list **out);
/* `code` is the element's type code; compared by value: i b f s, lists and tuples of them. */
int32_t aj_list_equal(aj_instance *self, const aj_list *a, const aj_list *b, const char *code, bool *out);
int32_t aj_list_contains(aj_instance *self, const aj_list *list, const aj_word *element, const char *code, bool *out);
int32_t aj_list_find(aj_instance *self, const aj_list *list, const aj_word *element, const char *code, int64_t *out);
int32_t aj_list_count(aj_instance *self, const aj_list *list, const aj_word *element, const char *code, int64_t *out);
int32_t aj_list_remove(aj_instance *self, aj_list *list, const aj_word *element, const char *code);
int32_t aj_list_sort(aj_instance *self, aj_list *list, bool reverse, const char *code);
int32_t aj_list_sum_int(aj_instance *self, const aj_list *list, int64_t *out);
int32_t aj_list_sum_float(aj_instance *self, const aj_list *list, double *out);
/* Of ints, bools or floats; ValueError when the list is empty. */
int32_t aj_list_min(aj_instance *self, const aj_list *list, const char *code, aj_word *out);
int32_t aj_list_max(aj_instance *self, const aj_list *list, const char *code, aj_word *out);
int32_t aj_list_any(aj_instance *self, const aj_list *list, const char *code, bool *out);
int32_t aj_list_all(aj_instance *self, const aj_list *list, const char *code, bool *out);
int32_t aj_list_range(aj_instance *self, int64_t start, int64_t end, int64_t step, aj_list **out);

/* -- dict.c: keys are `const aj_word *` to one word; values have the dict's width ---------------------------------- */
typedef struct aj_dict aj_dict;
int32_t aj_dict_length(aj_instance *self, const aj_dict *d, int64_t *out);
int32_t aj_dict_contains(aj_instance *self, const aj_dict *d, const aj_word *key, bool *out);
int32_t aj_dict_get(aj_instance *self, const aj_dict *d, const aj_word *key, aj_word *out);
/* An Optional of the value; `code` is the value's type code. */
int32_t aj_dict_get_optional(aj_instance *self, const aj_dict *d, const aj_word *key, const char *code, aj_word *out);
int32_t aj_dict_get_default(aj_instance *self, const aj_dict *d, const aj_word *key, const aj_word *value,
                            aj_word *out);
int32_t aj_dict_setdefault(aj_instance *self, aj_dict *d, const aj_word *key, const aj_word *value, aj_word *out);
int32_t aj_dict_update(aj_instance *self, aj_dict *d, const aj_dict *other);
int32_t aj_dict_clear(aj_instance *self, aj_dict *d);
int32_t aj_dict_delete(aj_instance *self, aj_dict *d, const aj_word *key);
int32_t aj_dict_pop(aj_instance *self, aj_dict *d, const aj_word *key, aj_word *out);
int32_t aj_dict_pop_default(aj_instance *self, aj_dict *d, const aj_word *key, const aj_word *value, aj_word *out);
int32_t aj_dict_popitem(aj_instance *self, aj_dict *d, aj_word *out); /* the key, then the value */
int32_t aj_dict_copy(aj_instance *self, const aj_dict *d, aj_dict **out);
int32_t aj_dict_keys(aj_instance *self, const aj_dict *d, aj_list **out);
int32_t aj_dict_values(aj_instance *self, const aj_dict *d, aj_list **out);
int32_t aj_dict_items(aj_instance *self, const aj_dict *d, aj_list **out);
/* From a list of (key, value); `code` is the type code of its elements. */
int32_t aj_dict_from_items(aj_instance *self, const aj_list *items, const char *code, aj_dict **out);

/* -- string.c: Python's semantics, indices in code points --------------------------------------------------------- */
int32_t aj_str_concat(aj_instance *self, const aj_str *a, const aj_str *b, aj_str **out);
/* The same, taking over the reference to `a` where it succeeds: what nobody else holds grows in its place. */
int32_t aj_str_extend(aj_instance *self, aj_str *a, const aj_str *b, aj_str **out);
int32_t aj_str_repeat(aj_instance *self, const aj_str *a, int64_t count, aj_str **out);
int32_t aj_str_compare(aj_instance *self, const aj_str *a, const aj_str *b, int64_t *out); /* < 0, 0, > 0 */
int32_t aj_str_equal(aj_instance *self, const aj_str *a, const aj_str *b, bool *out);
int32_t aj_str_length(aj_instance *self, const aj_str *a, int64_t *out);
int32_t aj_str_get(aj_instance *self, const aj_str *a, int64_t i, aj_str **out);
/* ord(a[i]), i within the str. It writes nothing but the instance's cursor: to generated code it only reads. */
int64_t aj_str_code_at(aj_instance *self, const aj_str *a, int64_t i);
int32_t aj_str_slice(aj_instance *self, const aj_str *a, bool has_start, int64_t start, bool has_end, int64_t end,
                     int64_t step, aj_str **out);
int32_t aj_str_contains(aj_instance *self, const aj_str *a, const aj_str *part, bool *out);
int32_t aj_str_strip(aj_instance *self, const aj_str *a, const aj_str *characters, aj_str **out);
int32_t aj_str_lstrip(aj_instance *self, const aj_str *a, const aj_str *characters, aj_str **out);
int32_t aj_str_rstrip(aj_instance *self, const aj_str *a, const aj_str *characters, aj_str **out);
int32_t aj_str_characters(aj_instance *self, const aj_str *a, aj_list **out);

/* For results that end with the function that asks for them (passes/lend.py): parts of `a`, which outlives them, and
 * lists of such, in the caller's frame where they are short; or text there. */
int32_t aj_str_concat_lent(aj_instance *self, const aj_str *a, const aj_str *b, aj_scratch *room, aj_str **out);
int32_t aj_str_slice_lent(aj_instance *self, const aj_str *a, bool has_start, int64_t start, bool has_end, int64_t end,
                          int64_t step, aj_str *out); /* step 1 */
int32_t aj_str_strip_lent(aj_instance *self, const aj_str *a, const aj_str *characters, aj_str *out);
int32_t aj_str_lstrip_lent(aj_instance *self, const aj_str *a, const aj_str *characters, aj_str *out);
int32_t aj_str_rstrip_lent(aj_instance *self, const aj_str *a, const aj_str *characters, aj_str *out);
int32_t aj_str_partition_lent(aj_instance *self, const aj_str *a, const aj_str *separator, aj_str *head, aj_str *middle,
                              aj_str *tail);
int32_t aj_str_rpartition_lent(aj_instance *self, const aj_str *a, const aj_str *separator, aj_str *head,
                               aj_str *middle, aj_str *tail);
int32_t aj_str_split_lent(aj_instance *self, const aj_str *a, const aj_str *separator, int64_t most, aj_parts *room,
                          aj_list **out);
int32_t aj_str_split_item_lent(aj_instance *self, const aj_str *a, const aj_str *separator, int64_t most,
                               int64_t index, aj_str *out);
int32_t aj_str_splitlines_lent(aj_instance *self, const aj_str *a, bool keep, aj_parts *room, aj_list **out);
int32_t aj_str_upper_lent(aj_instance *self, const aj_str *a, aj_scratch *room, aj_str **out);
int32_t aj_str_lower_lent(aj_instance *self, const aj_str *a, aj_scratch *room, aj_str **out);

/* -- string_search.c: `end` -1 is the end, `most` < 0 no limit ---------------------------------------------------- */
int32_t aj_str_find(aj_instance *self, const aj_str *a, const aj_str *part, int64_t start, int64_t end, int64_t *out);
int32_t aj_str_rfind(aj_instance *self, const aj_str *a, const aj_str *part, int64_t start, int64_t end, int64_t *out);
int32_t aj_str_index(aj_instance *self, const aj_str *a, const aj_str *part, int64_t start, int64_t end, int64_t *out);
int32_t aj_str_rindex(aj_instance *self, const aj_str *a, const aj_str *part, int64_t start, int64_t end, int64_t *out);
int32_t aj_str_count(aj_instance *self, const aj_str *a, const aj_str *part, int64_t start, int64_t end, int64_t *out);
int32_t aj_str_startswith(aj_instance *self, const aj_str *a, const aj_str *part, int64_t start, int64_t end,
                          bool *out);
int32_t aj_str_endswith(aj_instance *self, const aj_str *a, const aj_str *part, int64_t start, int64_t end, bool *out);
int32_t aj_str_partition(aj_instance *self, const aj_str *a, const aj_str *separator, aj_str **head, aj_str **middle,
                         aj_str **tail);
int32_t aj_str_rpartition(aj_instance *self, const aj_str *a, const aj_str *separator, aj_str **head, aj_str **middle,
                          aj_str **tail);
int32_t aj_str_split(aj_instance *self, const aj_str *a, const aj_str *separator, int64_t most,
                     aj_list **out); /* NULL: whitespace */
/* One of the pieces, without the list of them. */
int32_t aj_str_split_item(aj_instance *self, const aj_str *a, const aj_str *separator, int64_t most, int64_t index,
                          aj_str **out);
int32_t aj_str_rsplit(aj_instance *self, const aj_str *a, const aj_str *separator, int64_t most, aj_list **out);
int32_t aj_str_splitlines(aj_instance *self, const aj_str *a, bool keep, aj_list **out);
int32_t aj_str_replace(aj_instance *self, const aj_str *a, const aj_str *from, const aj_str *to, int64_t most,
                       aj_str **out);

/* -- string_case.c: ASCII letters --------------------------------------------------------------------------------- */
int32_t aj_str_isalnum(aj_instance *self, const aj_str *a, bool *out);
int32_t aj_str_isalpha(aj_instance *self, const aj_str *a, bool *out);
int32_t aj_str_isdigit(aj_instance *self, const aj_str *a, bool *out);
int32_t aj_str_isspace(aj_instance *self, const aj_str *a, bool *out);
int32_t aj_str_isprintable(aj_instance *self, const aj_str *a, bool *out);
int32_t aj_str_isidentifier(aj_instance *self, const aj_str *a, bool *out);
int32_t aj_str_isupper(aj_instance *self, const aj_str *a, bool *out);
int32_t aj_str_islower(aj_instance *self, const aj_str *a, bool *out);
int32_t aj_str_istitle(aj_instance *self, const aj_str *a, bool *out);
int32_t aj_str_upper(aj_instance *self, const aj_str *a, aj_str **out);
int32_t aj_str_lower(aj_instance *self, const aj_str *a, aj_str **out);
int32_t aj_str_swapcase(aj_instance *self, const aj_str *a, aj_str **out);
int32_t aj_str_capitalize(aj_instance *self, const aj_str *a, aj_str **out);
int32_t aj_str_title(aj_instance *self, const aj_str *a, aj_str **out);
int32_t aj_str_center(aj_instance *self, const aj_str *a, int64_t width, const aj_str *fill, aj_str **out);
int32_t aj_str_ljust(aj_instance *self, const aj_str *a, int64_t width, const aj_str *fill, aj_str **out);
int32_t aj_str_rjust(aj_instance *self, const aj_str *a, int64_t width, const aj_str *fill, aj_str **out);
int32_t aj_str_zfill(aj_instance *self, const aj_str *a, int64_t width, aj_str **out);
int32_t aj_str_expandtabs(aj_instance *self, const aj_str *a, int64_t size, aj_str **out);
int32_t aj_int_hex(aj_instance *self, int64_t value, aj_str **out);
int32_t aj_int_oct(aj_instance *self, int64_t value, aj_str **out);
int32_t aj_int_bin(aj_instance *self, int64_t value, aj_str **out);
int32_t aj_float_fixed(aj_instance *self, double value, aj_str **out);      /* "%f" */
int32_t aj_float_scientific(aj_instance *self, double value, aj_str **out); /* "%e" */

/* -- string.c and parse_number.c ---------------------------------------------------------------------------------- */
int32_t aj_str_join(aj_instance *self, const aj_str *separator, const aj_list *parts, aj_str **out);
int32_t aj_str_to_int(aj_instance *self, const aj_str *a, int64_t *out);
int32_t aj_str_to_float(aj_instance *self, const aj_str *a, double *out);
int32_t aj_str_ord(aj_instance *self, const aj_str *a, int64_t *out);
int32_t aj_str_chr(aj_instance *self, int64_t code_point, aj_str **out);

/* -- number.c ------------------------------------------------------------------------------------------------------- */
int32_t aj_float_frexp(aj_instance *self, double value, double *out, int64_t *exponent);
int32_t aj_float_modf(aj_instance *self, double value, double *fraction, double *whole);
int32_t aj_float_ldexp(aj_instance *self, double value, int64_t exponent, double *out);

/* -- format.c and show.c ------------------------------------------------------------------------------------------ */
/* str(value) as torch prints it; `code` is the value's type code, `words` its words. */
int32_t aj_str_of(aj_instance *self, const char *code, const aj_word *words, aj_str **out);
/* template.format(...): each {} takes the next value; `codes` are the values' type codes one after another. */
int32_t aj_format(aj_instance *self, const aj_str *template_, const char *codes, const aj_word *words, aj_str **out);
/* print(...): the values separated by spaces and a newline, to the host's sink or standard output. */
int32_t aj_print(aj_instance *self, const char *codes, const aj_word *words);
/* -- hashing.c: torch's numbers for a text and a float; the address of an instance --------------------------------- */
int32_t aj_hash_str(aj_instance *self, const aj_str *s, int64_t *out);
int32_t aj_hash_float(aj_instance *self, double x, int64_t *out);
int32_t aj_address(aj_instance *self, const aj_word *object, int64_t *out);
/* -- warn.c: warnings.warn(message), once at each place in a call ------------------------------------------------- */
int32_t aj_warn(aj_instance *self, const aj_str *message, aj_warning *site);

/* -- pool.c ------------------------------------------------------------------------------------------------------- */
/* body(argument, begin, end) over disjoint ranges that cover 0..count. Runs inline when the instance has one thread
 * or count <= grain. */
void aj_parallel_for(aj_instance *self, int64_t count, int64_t grain,
                     void (*body)(void *argument, int64_t begin, int64_t end), void *argument);

#endif
