// libcurl, loaded when it is first needed: of all daemons only those that make requests pay for it and for the thirty
// libraries behind it (about a megabyte of relocated memory a process). And one wrapper an argument type for its variadic
// functions, which Swift cannot call.
#ifndef MARTLET_CCURL_H
#define MARTLET_CCURL_H

// The type check lives in macros that need a constant option; the wrappers below take a variable one.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

/// libcurl's functions; all set after `martlet_curl_load` has succeeded.
struct martlet_curl_functions {
    __typeof__(curl_easy_init) *easy_init;
    __typeof__(curl_easy_cleanup) *easy_cleanup;
    __typeof__(curl_easy_reset) *easy_reset;
    __typeof__(curl_easy_pause) *easy_pause;
    __typeof__(curl_easy_strerror) *easy_strerror;
    __typeof__(curl_easy_setopt) *easy_setopt;
    __typeof__(curl_easy_getinfo) *easy_getinfo;
    __typeof__(curl_global_init) *global_init;
    __typeof__(curl_multi_add_handle) *multi_add_handle;
    __typeof__(curl_multi_cleanup) *multi_cleanup;
    __typeof__(curl_multi_info_read) *multi_info_read;
    __typeof__(curl_multi_init) *multi_init;
    __typeof__(curl_multi_perform) *multi_perform;
    __typeof__(curl_multi_poll) *multi_poll;
    __typeof__(curl_multi_remove_handle) *multi_remove_handle;
    __typeof__(curl_multi_setopt) *multi_setopt;
    __typeof__(curl_multi_socket_action) *multi_socket_action;
    __typeof__(curl_slist_append) *slist_append;
    __typeof__(curl_slist_free_all) *slist_free_all;
    __typeof__(curl_version_info) *version_info;
};
extern struct martlet_curl_functions martlet_curl;

/// Loads libcurl. NULL, or why it cannot be used. Call once, before anything else here.
const char *martlet_curl_load(void);

static inline CURL *martlet_curl_easy_init(void) { return martlet_curl.easy_init(); }
static inline void martlet_curl_easy_cleanup(CURL *easy) { martlet_curl.easy_cleanup(easy); }
static inline void martlet_curl_easy_reset(CURL *easy) { martlet_curl.easy_reset(easy); }
static inline CURLcode martlet_curl_easy_pause(CURL *easy, int directions) { return martlet_curl.easy_pause(easy, directions); }
static inline const char *martlet_curl_easy_strerror(CURLcode code) { return martlet_curl.easy_strerror(code); }
static inline CURLcode martlet_curl_global_init(long flags) { return martlet_curl.global_init(flags); }
static inline CURLMcode martlet_curl_multi_add_handle(CURLM *multi, CURL *easy) { return martlet_curl.multi_add_handle(multi, easy); }
static inline CURLMcode martlet_curl_multi_cleanup(CURLM *multi) { return martlet_curl.multi_cleanup(multi); }
static inline CURLM *martlet_curl_multi_init(void) { return martlet_curl.multi_init(); }
static inline CURLMcode martlet_curl_multi_perform(CURLM *multi, int *running) { return martlet_curl.multi_perform(multi, running); }
static inline CURLMcode martlet_curl_multi_poll(CURLM *multi, struct curl_waitfd *more, unsigned count, int milliseconds) { return martlet_curl.multi_poll(multi, more, count, milliseconds, NULL); }
static inline CURLMcode martlet_curl_multi_remove_handle(CURLM *multi, CURL *easy) { return martlet_curl.multi_remove_handle(multi, easy); }
static inline CURLMcode martlet_curl_multi_socket_action(CURLM *multi, curl_socket_t socket, int events, int *running) { return martlet_curl.multi_socket_action(multi, socket, events, running); }
static inline struct curl_slist *martlet_curl_slist_append(struct curl_slist *list, const char *line) { return martlet_curl.slist_append(list, line); }
static inline void martlet_curl_slist_free_all(struct curl_slist *list) { martlet_curl.slist_free_all(list); }
static inline curl_version_info_data *martlet_curl_version_info(CURLversion version) { return martlet_curl.version_info(version); }

static inline CURLcode martlet_curl_set_long(CURL *easy, CURLoption option, long value) {
    return martlet_curl.easy_setopt(easy, option, value);
}
static inline CURLcode martlet_curl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return martlet_curl.easy_setopt(easy, option, value);
}
static inline CURLcode martlet_curl_set_string(CURL *easy, CURLoption option, const char *value) {
    return martlet_curl.easy_setopt(easy, option, value);
}
static inline CURLcode martlet_curl_set_pointer(CURL *easy, CURLoption option, const void *value) {
    return martlet_curl.easy_setopt(easy, option, value);
}
/// For CURLOPT_WRITEFUNCTION, CURLOPT_HEADERFUNCTION and CURLOPT_READFUNCTION, whose types are the same.
static inline CURLcode martlet_curl_set_io(CURL *easy, CURLoption option, curl_write_callback function) {
    return martlet_curl.easy_setopt(easy, option, function);
}
static inline CURLcode martlet_curl_set_open_socket(CURL *easy, curl_opensocket_callback function) {
    return martlet_curl.easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, function);
}
static inline CURLcode martlet_curl_set_close_socket(CURL *easy, curl_closesocket_callback function) {
    return martlet_curl.easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, function);
}

static inline CURLcode martlet_curl_get_long(CURL *easy, CURLINFO info, long *value) {
    return martlet_curl.easy_getinfo(easy, info, value);
}
static inline CURLcode martlet_curl_get_offset(CURL *easy, CURLINFO info, curl_off_t *value) {
    return martlet_curl.easy_getinfo(easy, info, value);
}

static inline CURLMcode martlet_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return martlet_curl.multi_setopt(multi, option, value);
}
static inline CURLMcode martlet_curl_multi_set_socket(CURLM *multi, curl_socket_callback function, void *data) {
    CURLMcode code = martlet_curl.multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, function);
    return code ? code : martlet_curl.multi_setopt(multi, CURLMOPT_SOCKETDATA, data);
}
static inline CURLMcode martlet_curl_multi_set_timer(CURLM *multi, curl_multi_timer_callback function, void *data) {
    CURLMcode code = martlet_curl.multi_setopt(multi, CURLMOPT_TIMERFUNCTION, function);
    return code ? code : martlet_curl.multi_setopt(multi, CURLMOPT_TIMERDATA, data);
}

/// The CURLOPT_PRIVATE pointer of the next transfer that has ended, and its result; NULL when there is none.
static inline void *martlet_curl_next_ended(CURLM *multi, CURLcode *result) {
    int left;
    CURLMsg *message;
    while ((message = martlet_curl.multi_info_read(multi, &left))) {
        if (message->msg != CURLMSG_DONE) continue;
        char *owner = NULL;
        *result = message->data.result;
        martlet_curl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
        if (owner) return owner;
    }
    return NULL;
}
#endif
