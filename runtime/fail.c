#include <stdarg.h>

#include "instance.h"
#include "libc.h"
#include "operators.h"
#include "text.h"

enum { LOCATION_BYTES = 512 }; /* kept for the place when the message is long */

/* Appends what fits below `limit`, whole characters only. */
static void append(aj_instance *self, const char *data, size_t bytes, size_t limit) {
    size_t used = (size_t)self->error_bytes, room = used < limit ? limit - used : 0;
    if (bytes > room) {
        bytes = room;
        while (bytes && ((unsigned char)data[bytes] & 0xC0) == 0x80) bytes--;
    }
    memcpy(self->error + self->error_bytes, data, bytes);
    self->error_bytes += (int32_t)bytes;
    self->error[self->error_bytes] = 0;
}

static void add(aj_instance *self, const char *data, size_t bytes) {
    append(self, data, bytes, AJ_ERROR_BYTES - 1 - LOCATION_BYTES);
}

/* One conversion; `format` stands behind the '%'. Returns where it ends. */
static const char *convert(aj_instance *self, const char *format, va_list *values) {
    char digits[AJ_DOUBLE_BYTES];
    int longs = 0;
    for (; *format == 'l'; format++) longs++;
    switch (*format) {
    case 's': {
        const char *text = va_arg(*values, const char *);
        add(self, text, strlen(text));
        break;
    }
    case 'S': {
        const aj_str *text = va_arg(*values, const aj_str *);
        add(self, text->text, (size_t)text->bytes);
        break;
    }
    case 'd': {
        int64_t value = longs == 0   ? va_arg(*values, int)
                        : longs == 1 ? va_arg(*values, long)
                                     : va_arg(*values, long long);
        add(self, digits, aj_write_int(digits, value));
        break;
    }
    case 'g': add(self, digits, aj_write_general(digits, va_arg(*values, double), 6)); break;
    case '%': add(self, "%", 1); break;
    default: return format;
    }
    return format + 1;
}

__attribute__((noinline, cold)) int32_t aj_fail(aj_instance *self, int32_t status, const char *format, ...) {
    va_list values;
    va_start(values, format);
    self->status = status;
    self->error_bytes = 0;
    self->error[0] = 0;
    while (*format) {
        const char *end = format;
        while (*end && *end != '%') end++;
        add(self, format, (size_t)(end - format));
        format = *end ? convert(self, end + 1, &values) : end;
    }
    va_end(values);
    return status;
}

__attribute__((noinline, cold)) void aj_locate(aj_instance *self, const char *where) {
    const char *at = self->error_bytes ? " at " : "at "; /* an assert without a message */
    append(self, at, strlen(at), AJ_ERROR_BYTES - 1);
    append(self, where, strlen(where), AJ_ERROR_BYTES - 1);
}
