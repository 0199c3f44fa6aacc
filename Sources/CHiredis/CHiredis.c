#define _GNU_SOURCE
#include "CHiredis.h"

#include <CLinux.h>

#define TEXT(value) #value
#define EXPANDED(value) TEXT(value)
// The library of the header: the layout of `redisContext` changes with its version.
static const char library_name[] = "libhiredis.so." EXPANDED(HIREDIS_SONAME);

struct martlet_redis_functions martlet_redis;

static redisReplyObjectFunctions bounded;
static void *(*make_array)(const redisReadTask *, int);

static void *make_bounded_array(const redisReadTask *task, int elements) {
    return elements > martlet_redis_longest_array ? NULL : make_array(task, elements);
}

void martlet_redis_bound_arrays(redisContext *context) { context->reader->fn = &bounded; }

const char *martlet_redis_load(void) {
    const struct martlet_function wanted[] = {
        {"redisConnectNonBlock", (void **)&martlet_redis.connect_tcp},
        {"redisConnectUnixNonBlock", (void **)&martlet_redis.connect_unix},
        {"redisFree", (void **)&martlet_redis.free_context},
        {"redisBufferRead", (void **)&martlet_redis.buffer_read},
        {"redisBufferWrite", (void **)&martlet_redis.buffer_write},
        {"redisAppendCommandArgv", (void **)&martlet_redis.append_command},
        {"redisGetReplyFromReader", (void **)&martlet_redis.get_reply},
        {"freeReplyObject", (void **)&martlet_redis.free_reply},
        {"redisReaderCreate", (void **)&martlet_redis.reader_create},
        {"redisReaderFree", (void **)&martlet_redis.reader_free},
    };
    const char *problem = martlet_load_functions(library_name, wanted, sizeof wanted / sizeof *wanted);
    if (problem) return problem;
    redisReader *reader = martlet_redis.reader_create();
    if (!reader) return "out of memory";
    bounded = *reader->fn;
    make_array = bounded.createArray;
    bounded.createArray = make_bounded_array;
    martlet_redis.reader_free(reader);
    return NULL;
}
