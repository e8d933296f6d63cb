/* The file of weights beside a library: found, checked, mapped read-only for as long as the process lives.
 *
 *   "AOTJITW1"   the file's size, 8 bytes   zeros up to 64 bytes   the weights, each at a multiple of 64   its id, 32 bytes
 *
 * The id is a digest of what is before it; the library has the same. */
#include "libc.h"
#include "weights.h"

int open(const char *path, int flags, ...);
int close(int file);
int64_t lseek(int file, int64_t offset, int whence);
void *mmap(void *address, size_t bytes, int protection, int flags, int file, int64_t offset);
int munmap(void *address, size_t bytes);
intptr_t readlink(const char *path, char *buffer, size_t bytes);

enum {
    O_RDONLY_CLOEXEC = 02000000, SEEK_TO_END = 2, PROT_READ_ONLY = 1, MAP_SHARED_FILE = 1, PATH_BYTES = 4096,
    ID_BYTES = 32,
};

/* <link.h>'s, as far as it is read. */
typedef struct segment {
    uint32_t type, flags;
    uint64_t offset, address, physical, file_bytes, bytes, alignment;
} segment;
typedef struct library {
    uint64_t base;
    const char *name;
    const segment *segments;
    uint16_t count;
} library;
int dl_iterate_phdr(int (*visit)(library *info, size_t bytes, void *context), void *context);

typedef struct search {
    uint64_t address;
    char *path;
    size_t length;
} search;

static int is_here(library *info, size_t bytes, void *context) {
    search *s = (search *)context;
    (void)bytes;
    for (uint16_t i = 0; i < info->count; i++) {
        const segment *part = &info->segments[i];
        if (part->type != 1 || s->address - info->base - part->address >= part->bytes) continue;
        size_t length = strlen(info->name);
        if (length == 0 || length >= PATH_BYTES) return 1;
        memcpy(s->path, info->name, length + 1);
        s->length = length;
        return 1;
    }
    return 0;
}

/* The path of the library, or of the program that it is part of, with .weights in place of its suffix. */
static bool default_path(char *path) {
    static const char suffix[] = ".weights", link[] = "/proc/self/fd/";
    char name[PATH_BYTES];
    search s = {(uint64_t)(uintptr_t)&aj_no_weights, name, 0};
    dl_iterate_phdr(is_here, &s);
    bool is_link = s.length > sizeof link && memcmp(name, link, sizeof link - 1) == 0;
    memcpy(path, name, s.length + 1 < PATH_BYTES ? s.length + 1 : 0);
    if (s.length == 0 || is_link) {
        intptr_t length = readlink(is_link ? name : "/proc/self/exe", path, PATH_BYTES - 1);
        if (length <= 0) return false;
        s.length = (size_t)length;
    }
    size_t end = s.length;
    for (size_t i = s.length; i > 0 && path[i - 1] != '/'; i--) {
        if (path[i - 1] == '.') {
            end = i - 1;
            break;
        }
    }
    if (end + sizeof suffix > PATH_BYTES) return false;
    memcpy(path + end, suffix, sizeof suffix);
    return true;
}

static int32_t check(aj_instance *self, const char *path, const char *content, int64_t bytes) {
    const aj_model *model = self->model;
    static const char magic[] = "AOTJITW1";
    if (memcmp(content, magic, sizeof magic - 1)) return aj_fail(self, AJ_VALUE_ERROR, "%s: not a file of weights", path);
    if (memcmp(content + bytes - ID_BYTES, model->weights_id, ID_BYTES))
        return aj_fail(self, AJ_VALUE_ERROR, "%s: these weights belong to another library (their id differs)", path);
    return AJ_OK;
}

int32_t aj_map_weights(aj_instance *self, const char *path, const char **out) {
    char buffer[PATH_BYTES];
    if (!path) {
        buffer[0] = 0;
        if (!default_path(buffer)) return aj_fail(self, AJ_RUNTIME_ERROR, "the file of weights cannot be found");
        path = buffer;
    }
    int64_t wanted = self->model->weights_bytes;
    int file = open(path, O_RDONLY_CLOEXEC);
    if (file < 0) return aj_fail(self, AJ_RUNTIME_ERROR, "%s: the file of weights cannot be opened", path);
    int64_t bytes = lseek(file, 0, SEEK_TO_END);
    void *content = bytes == wanted ? mmap(NULL, (size_t)bytes, PROT_READ_ONLY, MAP_SHARED_FILE, file, 0) : NULL;
    close(file);
    if (bytes != wanted) {
        return aj_fail(self, AJ_VALUE_ERROR, "%s: the file of weights has %lld bytes, expected %lld", path,
                       (long long)bytes, (long long)wanted);
    }
    if ((uintptr_t)content == (uintptr_t)-1) return aj_fail(self, AJ_MEMORY_ERROR, "%s: cannot be mapped", path);
    int32_t status = check(self, path, (const char *)content, bytes);
    if (status) munmap(content, (size_t)bytes);
    else *out = (const char *)content;
    return status;
}
