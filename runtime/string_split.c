/* Taking texts apart: into lists of their pieces, or one of the pieces alone. */
#include "arena.h"
#include "operators.h"
#include "utf8.h"

enum {
    FIRST_PIECES = 8, /* as many as the smallest block holds */
    STR_WORDS = sizeof(aj_str) / sizeof(aj_word),
};

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
    *end = p->at = find_below(a->text, at, a->bytes, ' ' + 1, is_space);
    return *begin < *end;
}

static inline __attribute__((always_inline)) bool next_piece(pieces *p, int64_t *begin, int64_t *end) {
    if (!p->separator) return next_word(p, begin, end);
    if (p->at > p->text->bytes) return false;
    *begin = p->at;
    const int64_t bytes = p->text->bytes;
    int64_t found = bytes;
    if (p->most-- == 0) found = bytes;
    else if (p->separator->bytes == 1) found = find_byte(p->text->text, p->at, bytes, *p->separator->text);
    else found = search(p->text, p->separator, p->at, bytes);
    bool last = found < 0 || found >= bytes;
    *end = last ? bytes : found;
    p->at = last ? bytes + 1 : found + p->separator->bytes;
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

/* A list for strs of its own; for lent ones, which are elements themselves and end with the list, where `room` is given. */
static int32_t new_list(aj_instance *self, aj_parts *room, aj_list **out) {
    if (!room) return aj_list_new(self, 1, 1, FIRST_PIECES, out);
    *out = &room->list;
    room->list = (aj_list){.head = {.refcount = -1, .kind = AJ_LIST}, .width = STR_WORDS, .capacity = AJ_FIRST_PARTS,
                           .data = (aj_word *)(void *)room->first};
    return AJ_OK;
}

/* Room for more parts, in the arena. */
static int32_t grow_parts(aj_instance *self, aj_list **list) {
    aj_list *old = *list;
    if (old->head.refcount >= 0) return aj_list_reserve(self, old, 2 * old->length);
    int32_t status = aj_list_new(self, STR_WORDS, 0, 4 * old->length, list);
    if (status) return status;
    memcpy((*list)->data, old->data, (size_t)old->length * sizeof(aj_str));
    (*list)->length = old->length;
    return AJ_OK;
}

static inline int32_t add_part(aj_instance *self, aj_list **list, const aj_str *a, int64_t begin, int64_t bytes,
                               bool lent) {
    if (!lent) return aj_str_append_part(self, *list, a, begin, bytes);
    if ((*list)->length == (*list)->capacity) {
        int32_t status = grow_parts(self, list);
        if (status) return status;
    }
    lend_part(a, begin, bytes, (aj_str *)(void *)((*list)->data + STR_WORDS * (*list)->length++));
    return AJ_OK;
}

/* As torch.jit has it: the limit is for separators only. */
static pieces pieces_of(const aj_str *a, const aj_str *separator, int64_t most) {
    return (pieces){.text = a, .separator = separator, .most = most < 0 ? -1 : most};
}

static int32_t check_separator(aj_instance *self, const aj_str *separator) {
    return separator && separator->bytes == 0 ? aj_fail(self, AJ_VALUE_ERROR, "empty separator") : AJ_OK;
}

static inline int32_t split(aj_instance *self, const aj_str *a, const aj_str *separator, int64_t most, aj_parts *room,
                            aj_list **out) {
    int32_t status = check_separator(self, separator);
    if (!status) status = new_list(self, room, out);
    if (status) return status;
    pieces p = pieces_of(a, separator, most);
    for (int64_t begin, end; !status && next_piece(&p, &begin, &end);) {
        status = add_part(self, out, a, begin, end - begin, room != NULL);
    }
    if (status) aj_release(self, &(*out)->head);
    return status;
}

int32_t aj_str_split(aj_instance *self, const aj_str *a, const aj_str *separator, int64_t most, aj_list **out) {
    return split(self, a, separator, most, NULL, out);
}

int32_t aj_str_split_lent(aj_instance *self, const aj_str *a, const aj_str *separator, int64_t most, aj_parts *room,
                          aj_list **out) {
    return split(self, a, separator, most, room, out);
}

static inline int32_t find_item(aj_instance *self, const aj_str *a, const aj_str *separator, int64_t most,
                                int64_t index, int64_t *begin, int64_t *end) {
    int32_t status = check_separator(self, separator);
    if (status) return status;
    if (index < 0) {
        for (pieces p = pieces_of(a, separator, most); next_piece(&p, begin, end);) index++;
    }
    for (pieces p = pieces_of(a, separator, most); index >= 0 && next_piece(&p, begin, end); index--) {
        if (index == 0) return AJ_OK;
    }
    return aj_fail(self, AJ_INDEX_ERROR, "list index out of range");
}

int32_t aj_str_split_item(aj_instance *self, const aj_str *a, const aj_str *separator, int64_t most, int64_t index,
                          aj_str **out) {
    int64_t begin, end;
    int32_t status = find_item(self, a, separator, most, index, &begin, &end);
    return status ? status : aj_str_part(self, a, begin, end - begin, out);
}

int32_t aj_str_split_item_lent(aj_instance *self, const aj_str *a, const aj_str *separator, int64_t most,
                               int64_t index, aj_str *out) {
    int64_t begin, end;
    int32_t status = find_item(self, a, separator, most, index, &begin, &end);
    if (!status) lend_part(a, begin, end - begin, out);
    return status;
}

int32_t aj_str_rsplit(aj_instance *self, const aj_str *a, const aj_str *separator, int64_t most, aj_list **out) {
    int32_t status = check_separator(self, separator);
    if (!status) status = new_list(self, NULL, out);
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
static inline int32_t splitlines(aj_instance *self, const aj_str *a, bool keep, aj_parts *room, aj_list **out) {
    int32_t status = new_list(self, room, out);
    if (status) return status;
    for (int64_t begin = 0, end; !status && begin < a->bytes; begin = end + 1) {
        end = find_below(a->text, begin, a->bytes, ' ', is_line_end);
        status = add_part(self, out, a, begin, end - begin, room != NULL);
        if (keep && end < a->bytes && !status) status = add_part(self, out, a, end, 1, room != NULL);
    }
    if (status) aj_release(self, &(*out)->head);
    return status;
}

int32_t aj_str_splitlines(aj_instance *self, const aj_str *a, bool keep, aj_list **out) {
    return splitlines(self, a, keep, NULL, out);
}

int32_t aj_str_splitlines_lent(aj_instance *self, const aj_str *a, bool keep, aj_parts *room, aj_list **out) {
    return splitlines(self, a, keep, room, out);
}
