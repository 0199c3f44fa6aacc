#include "CCurl.h"

#include <CLinux.h>
#include <stddef.h>

struct martlet_curl_functions martlet_curl;

const char *martlet_curl_load(void) {
    const struct martlet_function wanted[] = {
        {"curl_easy_init", (void **)&martlet_curl.easy_init},
        {"curl_easy_cleanup", (void **)&martlet_curl.easy_cleanup},
        {"curl_easy_reset", (void **)&martlet_curl.easy_reset},
        {"curl_easy_pause", (void **)&martlet_curl.easy_pause},
        {"curl_easy_strerror", (void **)&martlet_curl.easy_strerror},
        {"curl_easy_setopt", (void **)&martlet_curl.easy_setopt},
        {"curl_easy_getinfo", (void **)&martlet_curl.easy_getinfo},
        {"curl_global_init", (void **)&martlet_curl.global_init},
        {"curl_multi_add_handle", (void **)&martlet_curl.multi_add_handle},
        {"curl_multi_cleanup", (void **)&martlet_curl.multi_cleanup},
        {"curl_multi_info_read", (void **)&martlet_curl.multi_info_read},
        {"curl_multi_init", (void **)&martlet_curl.multi_init},
        {"curl_multi_perform", (void **)&martlet_curl.multi_perform},
        {"curl_multi_poll", (void **)&martlet_curl.multi_poll},
        {"curl_multi_remove_handle", (void **)&martlet_curl.multi_remove_handle},
        {"curl_multi_setopt", (void **)&martlet_curl.multi_setopt},
        {"curl_multi_socket_action", (void **)&martlet_curl.multi_socket_action},
        {"curl_slist_append", (void **)&martlet_curl.slist_append},
        {"curl_slist_free_all", (void **)&martlet_curl.slist_free_all},
        {"curl_version_info", (void **)&martlet_curl.version_info},
    };
    return martlet_load_functions("libcurl.so.4", wanted, sizeof wanted / sizeof *wanted);
}
