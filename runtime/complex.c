/* complex: two words, the real and the imaginary part as doubles. In and out, as text, and the functions of libm that a
 * program asks for by name: nothing else in the runtime needs libm, so that only such programs do. */
#include "convert.h"
#include "crossing.h"
#include "dtype.h"
#include "libc.h"
#include "operators.h"
#include "python_state.h"
#include "text.h"
#include "value.h"

/* -- in and out ---------------------------------------------------------------------------------------------------- */

static void store(double re, double im, aj_word *out) {
    out[0] = aj_double_word(re);
    out[1] = aj_double_word(im);
}

/* A Python complex, what has __complex__ (numpy's numbers, torch's tensors), or a real number. */
int32_t aj_from_python_complex(py_context *c, const char *code, py_object *value, aj_word *out) {
    (void)code;
    py_object *number = NULL;
    if (!PyType_IsSubtype(value->type, &PyComplex_Type)) {
        py_object *method = PyObject_GetAttrString(value, "__complex__");
        if (!method) {
            PyErr_Clear();
            int32_t status = aj_from_python_float(c, "f", value, out);
            out[1] = aj_double_word(0);
            return status;
        }
        value = number = PyObject_CallObject(method, NULL);
        py_release(method);
        if (!number) return AJ_RUNTIME_ERROR;
    }
    store(PyComplex_RealAsDouble(value), PyComplex_ImagAsDouble(value), out);
    py_release(number);
    return PyErr_Occurred() ? AJ_RUNTIME_ERROR : AJ_OK;
}

py_object *aj_to_python_complex(py_context *c, const char *code, const aj_word *value) {
    (void)c;
    (void)code;
    return PyComplex_FromDoubles(aj_word_double(value[0]), aj_word_double(value[1]));
}

int32_t aj_from_c_complex(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out) {
    (void)self;
    (void)name;
    (void)code;
    memcpy(out, memory, sizeof(aotjit_complex));
    return AJ_OK;
}

int32_t aj_to_c_complex(aj_instance *self, const char *code, const aj_word *value, void *memory) {
    (void)self;
    (void)code;
    memcpy(memory, value, sizeof(aotjit_complex));
    return AJ_OK;
}

int32_t aj_copy_complex(aj_instance *self, bool borrowed, const char *code, const aj_word *value, aj_word *out) {
    (void)self;
    (void)borrowed;
    (void)code;
    out[0] = value[0];
    out[1] = value[1];
    return AJ_OK;
}

/* "1.5-2.j"; an imaginary part that is NaN has a minus in front, as torch writes it. */
int32_t aj_show_complex(aj_text *text, const char *code, const aj_word *words) {
    double im = aj_word_double(words[1]);
    aj_word size = aj_double_word(__builtin_fabs(im));
    int32_t status = aj_show_float(text, code, words);
    aj_text_add_char(text, im >= 0 ? '+' : '-');
    if (!status) status = aj_show_float(text, code, &size);
    aj_text_add_char(text, 'j');
    return status;
}

/* -- functions ----------------------------------------------------------------------------------------------------- */

#define DECLARE(name) double _Complex name(double _Complex);
#define FUNCTION(name)                                                                                    \
    int32_t aj_complex_##name(aj_instance *self, double re, double im, aj_word *out) {                    \
        (void)self;                                                                                       \
        double _Complex value = c##name(__builtin_complex(re, im));                                       \
        store(__real__ value, __imag__ value, out);                                                       \
        return AJ_OK;                                                                                     \
    }
#define DEFINE(name) DECLARE(c##name) FUNCTION(name)
DEFINE(exp)
DEFINE(log)
DEFINE(sqrt)
DEFINE(sin)
DEFINE(cos)
DEFINE(tan)
DEFINE(asin)
DEFINE(acos)
DEFINE(atan)
DEFINE(sinh)
DEFINE(cosh)
DEFINE(tanh)
DEFINE(asinh)
DEFINE(acosh)
DEFINE(atanh)

double _Complex cpow(double _Complex, double _Complex);
double cabs(double _Complex);
double carg(double _Complex);

int32_t aj_complex_pow(aj_instance *self, double re, double im, double re2, double im2, aj_word *out) {
    (void)self;
    double _Complex value = cpow(__builtin_complex(re, im), __builtin_complex(re2, im2));
    store(__real__ value, __imag__ value, out);
    return AJ_OK;
}

int32_t aj_complex_abs(aj_instance *self, double re, double im, double *out) {
    (void)self;
    *out = cabs(__builtin_complex(re, im));
    return AJ_OK;
}

int32_t aj_complex_angle(aj_instance *self, double re, double im, double *out) {
    (void)self;
    *out = carg(__builtin_complex(re, im));
    return AJ_OK;
}

int32_t aj_complex_to_int(aj_instance *self, double re, double im, int64_t *out) {
    if (im != 0) return aj_fail(self, AJ_RUNTIME_ERROR, "value cannot be converted to type int without overflow");
    *out = aj_int_of_double(re);
    return AJ_OK;
}

int32_t aj_list_sum_complex(aj_instance *self, const aj_list *list, aj_word *out) {
    double re = 0, im = 0;
    (void)self;
    for (int64_t i = 0; i < list->length; i++) {
        re += aj_word_double(list->data[2 * i]);
        im += aj_word_double(list->data[2 * i + 1]);
    }
    store(re, im, out);
    return AJ_OK;
}

/* -- elements of tensors ------------------------------------------------------------------------------------------- */

static void load(const char *element, int32_t dtype, aj_word *out) {
    int32_t part = dtype == AJ_C64 ? AJ_F32 : dtype == AJ_C128 ? AJ_F64 : dtype;
    double im = aj_dtype_is_complex(dtype) ? aj_load_double(element + aj_dtype_bytes(part), part) : 0;
    store(aj_load_double(element, part), im, out);
}

int32_t aj_item_complex(aj_instance *self, const aj_tensor *t, aj_word *out) {
    if (t->numel != 1) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "a Tensor with %lld elements cannot be converted to Scalar",
                       (long long)t->numel);
    }
    load((const char *)t->data, t->dtype, out);
    return AJ_OK;
}

int32_t aj_flat_complex_list(aj_instance *self, const aj_tensor *t, aj_list **out) {
    int32_t status = aj_list_new(self, 2, 0, t->numel, out);
    if (status) return status;
    int64_t step = aj_dtype_bytes(t->dtype);
    for (int64_t i = 0; i < t->numel; i++) load((const char *)t->data + i * step, t->dtype, (*out)->data + 2 * i);
    (*out)->length = t->numel;
    return AJ_OK;
}
