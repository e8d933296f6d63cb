"""Symbol versions of the libc and libm functions that generated code and the runtime may import.

An import without a version binds to the oldest symbol of its name in glibc, which may be a slow or an old one, so
each is written with a version: where there are several (`readelf --dyn-syms` shows them), the newest that glibc 2.28
(RHEL 8) has. For the double-precision exp, log and pow that is the old one, whose only cost is a range check.
A function that is missing here is no part of what a compiled model may need.
"""

from __future__ import annotations

# Threads and dlopen moved from libpthread and libdl to libc in 2.34, which still has them under the old version: bound
# to that, a library loads on older systems too, provided that the import is weak or the program has threads.
_MOVED_TO_LIBC = """
    dladdr dlclose dlerror dlopen dlsym pthread_create pthread_join pthread_detach pthread_once pthread_key_create
    pthread_setspecific pthread_getspecific pthread_attr_setstacksize pthread_kill
    pthread_sigmask pthread_rwlock_rdlock pthread_rwlock_wrlock pthread_rwlock_unlock
"""
_LIBC = {
    "GLIBC_2.2.5": _MOVED_TO_LIBC
    + """
        abort abs access atof bcmp atoi atol bsearch calloc clock close ctime difftime div dup environ
        exit fclose fcntl fdopen feof ferror fflush fgetc fgets fileno fopen fprintf fputc fputs fread free
        fseek fstatvfs ftell ftruncate fwrite getc getcwd getenv getline getpagesize getpid gettimeofday gmtime
        gmtime_r isalnum isalpha isatty isdigit isspace kill labs ldiv llabs localtime localtime_r longjmp lseek
        madvise malloc memchr memcmp memmove memset mkstemp mktime mmap mprotect msync munmap nanosleep open perror
        pipe poll posix_memalign pread printf putc putchar puts pwrite qsort raise rand read readlink realloc remove
        rename sched_yield setenv setvbuf sigaction signal snprintf sprintf srand sscanf stderr stdin stdout strcasecmp
        strcat strchr strcmp strcpy strcspn strdup strerror strftime strlen strncasecmp strncat strncmp strncpy
        strndup strnlen strpbrk strrchr strspn strstr strtod strtof strtok strtol strtold strtoll strtoul strtoull
        syscall sysconf tolower toupper ungetc unlink usleep vfprintf vprintf vsnprintf vsprintf wait waitpid write
        __errno_location __environ dl_iterate_phdr pthread_self pthread_equal pthread_mutex_lock
        pthread_mutex_unlock pthread_mutex_init pthread_mutex_destroy sched_getparam
        __cxa_atexit __cxa_finalize memccpy mempcpy stpcpy strsep sbrk
    """,
    "GLIBC_2.3": "__ctype_b_loc __ctype_tolower_loc __ctype_toupper_loc",
    "GLIBC_2.3.2": """
        pthread_cond_wait pthread_cond_signal pthread_cond_broadcast pthread_cond_init pthread_cond_destroy
        pthread_cond_timedwait
    """,
    "GLIBC_2.3.4": """
        pthread_setaffinity_np
        __memcpy_chk __memmove_chk __memset_chk __snprintf_chk __sprintf_chk __strcat_chk __strcpy_chk __strncpy_chk
        __printf_chk __fprintf_chk __vsnprintf_chk sched_getaffinity sched_setaffinity
    """,
    "GLIBC_2.4": "__stack_chk_fail",
    "GLIBC_2.6": "sched_getcpu",
    "GLIBC_2.7": "__isoc99_sscanf",
    "GLIBC_2.14": "memcpy",
    "GLIBC_2.16": "aligned_alloc getauxval",
    "GLIBC_2.17": "clock_gettime clock_getres clock_nanosleep secure_getenv",
    "GLIBC_2.25": "explicit_bzero getrandom getentropy",
    "GLIBC_2.26": "reallocarray",
}
_LIBM = {
    "GLIBC_2.2.5": """
        acos acosf acosh acoshf asin asinf asinh asinhf atan atan2 atan2f atanf atanh atanhf cbrt cbrtf ceil ceilf
        copysign copysignf cos cosf cosh coshf erf erfc erfcf erff expm1 expm1f fabs fabsf fdim fdimf floor floorf fma
        fmaf fmax fmaxf fmin fminf fmod fmodf frexp frexpf hypot hypotf ilogb ilogbf ldexp ldexpf llrint llrintf
        llround llroundf log10 log10f log1p log1pf logb logbf lrint lrintf lround lroundf modf modff nan nanf
        nearbyint nearbyintf nextafter nextafterf remainder remainderf remquo remquof rint rintf round roundf scalbln
        scalblnf scalbn scalbnf sin sincos sincosf sinf sinh sinhf sqrt sqrtf tan tanf tanh tanhf tgamma tgammaf trunc
        cabs cacos cacosh carg casin casinh catan catanh ccos ccosh cexp clog cpow csin csinh csqrt ctan ctanh
        truncf lgamma_r lgammaf_r j0 j1 y0 y1 exp10 exp exp2 log log2 pow
    """,
    "GLIBC_2.23": "lgamma lgammaf",
    "GLIBC_2.25": "roundeven roundevenf",
    "GLIBC_2.27": "expf exp2f logf log2f powf",
}


def _table() -> dict[str, tuple[str, str]]:
    result = {}
    for library, versions in (("libc.so.6", _LIBC), ("libm.so.6", _LIBM)):
        for version, names in versions.items():
            result.update(dict.fromkeys(names.split(), (library, version)))
    return result


IMPORT_VERSIONS: dict[str, tuple[str, str]] = _table()
"""Symbol name -> (library, version)."""


def version_hash(name: str) -> int:
    """The System V ABI hash that `.gnu.version_r` holds."""
    value = 0
    for byte in name.encode():
        value = (value << 4) + byte
        value = (value ^ (value >> 24 & 0xF0)) & 0x0FFFFFFF
    return value
