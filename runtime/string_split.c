/* Taking texts apart: into lists of their pieces, or one of the pieces alone. */
#include "arena.h"
#include "operators.h"
#include "utf8.h"

enum { FIRST_PIECES = 8 }; /* as many as the smallest block holds */

/* What is left to take apart: at whitespace, or at separators as often as `most` says. */
typedef struct pieces {
    const aj_str *text, *separator; /* NULL: whitespace */
    int64_t most;                   /* < 0: all         */
    int64_t at;                     /* behind the text's end when the last piece was taken */
} pieces;

static inline bool next_word(pieces *p, int64_t *begin, int64_t *end) {
    const aj_str *a = p->text;
    int64_t at = p->at;
    while (at < a->bytes && is_space(a->text[at])) at++;
    *begin = at;
    while (at < a->bytes && !is_space(a->text[at])) at++;
    *end = p->at = at;
    return *begin < at;
}

static inline bool next_piece(pieces *p, int64_t *begin, int64_t *end) {
    if (!p->separator) return next_word(p, begin, end);
    if (p->at > p->text->bytes) return false;
    *begin = p->at;
    int64_t found = p->most-- != 0 ? search(p->text, p->separator, p->at, p->text->bytes) : -1;
    *end = found < 0 ? p->text->bytes : found;
    p->at = found < 0 ? p->text->bytes + 1 : found + p->separator->bytes;
    return true;
}

int32_t aj_str_append_part(aj_instance *self, aj_list *list, const aj_str *a, int64_t begin, int64_t bytes) {
    aj_str *part = NULL;
    int32_t status = aj_str_part(self, a, begin, bytes, &part);
    if (status) return status;
    aj_word word = (aj_word)(uintptr_t)part;
    if (list->length < list->capacity) { /* the list gets this reference */
        list->data[list->length++] = word;
        return AJ_OK;
    }
    status = aj_list_append(self, list, &word);
    aj_release(self, &part->head);
    return status;
}

/* As torch.jit has it: the limit is for separators only. */
static pieces pieces_of(const aj_str *a, const aj_str *separator, int64_t most) {
    return (pieces){.text = a, .separator = separator, .most = most < 0 ? -1 : most};
}

static int32_t check_separator(aj_instance *self, const aj_str *separator) {
    return separator && separator->bytes == 0 ? aj_fail(self, AJ_VALUE_ERROR, "empty separator") : AJ_OK;
}

int32_t aj_str_split(aj_instance *self, const aj_str *a, const aj_str *separator, int64_t most, aj_list **out) {
    int32_t status = check_separator(self, separator);
    if (!status) status = aj_list_new(self, 1, 1, FIRST_PIECES, out);
    if (status) return status;
    pieces p = pieces_of(a, separator, most);
    for (int64_t begin, end; !status && next_piece(&p, &begin, &end);) {
        status = aj_str_append_part(self, *out, a, begin, end - begin);
    }
    if (status) aj_release(self, &(*out)->head);
    return status;
}

int32_t aj_str_split_item(aj_instance *self, const aj_str *a, const aj_str *separator, int64_t most, int64_t index,
                          aj_str **out) {
    int64_t begin, end;
    int32_t status = check_separator(self, separator);
    if (status) return status;
    if (index < 0) {
        for (pieces p = pieces_of(a, separator, most); next_piece(&p, &begin, &end);) index++;
    }
    for (pieces p = pieces_of(a, separator, most); index >= 0 && next_piece(&p, &begin, &end); index--) {
        if (index == 0) return aj_str_part(self, a, begin, end - begin, out);
    }
    return aj_fail(self, AJ_INDEX_ERROR, "list index out of range");
}

int32_t aj_str_rsplit(aj_instance *self, const aj_str *a, const aj_str *separator, int64_t most, aj_list **out) {
    int32_t status = check_separator(self, separator);
    if (!status) status = aj_list_new(self, 1, 1, FIRST_PIECES, out);
    if (status) return status;
    int64_t end = a->bytes;
    if (most < 0) most = -1;
    for (int64_t at; !status && most-- != 0 && (at = search_back(a, separator, 0, end)) >= 0; end = at) {
        int64_t begin = at + separator->bytes;
        status = aj_str_append_part(self, *out, a, begin, end - begin);
    }
    if (!status) status = aj_str_append_part(self, *out, a, 0, end);
    if (status) aj_release(self, &(*out)->head);
    else aj_list_reverse(self, *out);
    return status;
}

static bool is_line_end(char c) { return (c >= '\n' && c <= '\r') || (c >= 0x1c && c <= 0x1e); }

/* As in torch, "\r\n" ends two lines, and ends that are kept are pieces of their own. */
int32_t aj_str_splitlines(aj_instance *self, const aj_str *a, bool keep, aj_list **out) {
    int32_t status = aj_list_new(self, 1, 1, FIRST_PIECES, out);
    if (status) return status;
    for (int64_t begin = 0, end; !status && begin < a->bytes; begin = end + 1) {
        for (end = begin; end + 8 <= a->bytes && !any_below(load8(a->text + end), ' ');) end += 8;
        while (end < a->bytes && !is_line_end(a->text[end])) end++;
        status = aj_str_append_part(self, *out, a, begin, end - begin);
        if (keep && end < a->bytes && !status) status = aj_str_append_part(self, *out, a, end, 1);
    }
    if (status) aj_release(self, &(*out)->head);
    return status;
}
