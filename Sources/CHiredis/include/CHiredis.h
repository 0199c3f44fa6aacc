// hiredis, loaded when it is first needed: hosts without REDIS_URL need not have it.
#ifndef MARTLET_CHIREDIS_H
#define MARTLET_CHIREDIS_H

#include <stdlib.h>

#include <hiredis/hiredis.h>

/// hiredis' functions; all set after `martlet_redis_load` has succeeded.
struct martlet_redis_functions {
    __typeof__(redisConnectNonBlock) *connect_tcp;
    __typeof__(redisConnectUnixNonBlock) *connect_unix;
    __typeof__(redisFree) *free_context;
    __typeof__(redisBufferRead) *buffer_read;
    __typeof__(redisBufferWrite) *buffer_write;
    __typeof__(redisAppendCommandArgv) *append_command;
    __typeof__(redisGetReplyFromReader) *get_reply;
    __typeof__(freeReplyObject) *free_reply;
    __typeof__(redisReaderCreate) *reader_create;
    __typeof__(redisReaderFree) *reader_free;
};
extern struct martlet_redis_functions martlet_redis;

/// Loads hiredis. NULL, or why it cannot be used. Call once, before anything else here.
const char *martlet_redis_load(void);

/// Arrays of more elements than this are refused (the reader then reports that it is out of memory): their length comes
/// from the server, and hiredis allocates by it at once.
enum { martlet_redis_longest_array = 1024 };
/// Makes the connection's reader keep to `martlet_redis_longest_array`.
void martlet_redis_bound_arrays(redisContext *context);

static inline redisContext *martlet_redis_connect_tcp(const char *host, int port) {
    return martlet_redis.connect_tcp(host, port);
}
static inline redisContext *martlet_redis_connect_unix(const char *path) { return martlet_redis.connect_unix(path); }
static inline void martlet_redis_free(redisContext *context) { martlet_redis.free_context(context); }
/// Reads once, 16 KiB at most, into the reader.
static inline int martlet_redis_buffer_read(redisContext *context) { return martlet_redis.buffer_read(context); }
static inline int martlet_redis_buffer_write(redisContext *context, int *done) {
    return martlet_redis.buffer_write(context, done);
}
static inline int martlet_redis_append(redisContext *context, int count, const char **arguments, const size_t *lengths) {
    return martlet_redis.append_command(context, count, arguments, lengths);
}
/// `*reply` is NULL when no whole reply has been read yet; else it is to be given to `martlet_redis_free_reply`.
static inline int martlet_redis_get_reply(redisContext *context, redisReply **reply) {
    return martlet_redis.get_reply(context, (void **)reply);
}
static inline void martlet_redis_free_reply(redisReply *reply) { martlet_redis.free_reply(reply); }
/// Bytes in the reader, those that were understood and not yet dropped included.
static inline size_t martlet_redis_buffered(const redisContext *context) { return context->reader->len; }
/// What went wrong, as text; empty if nothing did.
static inline const char *martlet_redis_error(const redisContext *context) { return context->errstr; }
#endif
