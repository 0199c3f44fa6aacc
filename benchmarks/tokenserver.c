// A token server for benchmarks: answers POST with a chunked NDJSON stream of numbered lines, one chunk a token, as
// Ollama does; and the three small documents that a balancer asks for. One thread, epoll.
//
//   tokenserver TOKENS MICROSECONDS     tokens of an answer; pause between two (0: as fast as the reader takes them)
//
// Prints "port N". A request's x-chunks header overrides TOKENS.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { MAX_FD = 16384, INPUT = 65536, BATCH = 65536 };

struct connection {
    char *input;
    size_t have;      // bytes of input
    long next, count; // next token, tokens of this answer; count 0: no answer under way
    char pending[BATCH];
    size_t pending_from, pending_to;
    int wants_write;
};

static struct connection *connections[MAX_FD];
static int loop, timer;
static long tokens, pause_us;

static void set_write(int fd, struct connection *c, int on) {
    if (c->wants_write == on) return;
    c->wants_write = on;
    struct epoll_event event = {.events = EPOLLIN | (on ? EPOLLOUT : 0), .data.fd = fd};
    epoll_ctl(loop, EPOLL_CTL_MOD, fd, &event);
}

static void drop(int fd) {
    struct connection *c = connections[fd];
    if (!c) return;
    connections[fd] = NULL;
    free(c->input);
    free(c);
    close(fd);
}

static int flush(int fd, struct connection *c) {
    while (c->pending_from < c->pending_to) {
        ssize_t sent = send(fd, c->pending + c->pending_from, c->pending_to - c->pending_from, MSG_NOSIGNAL);
        if (sent < 0) return errno == EAGAIN ? 0 : -1;
        c->pending_from += sent;
    }
    c->pending_from = c->pending_to = 0;
    return 1;
}

static void add(struct connection *c, const char *text, size_t size) {
    memcpy(c->pending + c->pending_to, text, size);
    c->pending_to += size;
}

static void add_token(struct connection *c) {
    char line[256], chunk[300];
    int size;
    if (c->next < c->count)
        size = snprintf(line, sizeof line,
            "{\"model\":\"bench:1b\",\"created_at\":\"2026-01-01T00:00:00Z\",\"message\":{\"role\":\"assistant\",\"content\":\" word\"},\"done\":false,\"i\":%ld}\n",
            c->next);
    else
        size = snprintf(line, sizeof line,
            "{\"model\":\"bench:1b\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"eval_count\":%ld,\"eval_duration\":1000000000,\"i\":%ld}\n",
            c->count, c->next);
    int total = snprintf(chunk, sizeof chunk, "%x\r\n%s\r\n%s", size, line, c->next < c->count ? "" : "0\r\n\r\n");
    add(c, chunk, total);
    if (c->next++ >= c->count) c->count = 0;
}

// One send a token: what coalesces is the proxy's doing, not ours.
static void pump(int fd, struct connection *c) {
    while (c->count) {
        add_token(c);
        int result = flush(fd, c);
        if (result < 0) return drop(fd);
        if (result == 0) return set_write(fd, c, 1);
        if (pause_us) return;
    }
}

static void document(int fd, struct connection *c, const char *text) {
    char head[512];
    int size = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
        strlen(text), text);
    add(c, head, size);
    if (flush(fd, c) < 0) drop(fd);
}

// One whole request at a time; 0 when more bytes are needed.
static int request(int fd, struct connection *c) {
    c->input[c->have] = 0;
    char *end = strstr(c->input, "\r\n\r\n");
    if (!end) return 0;
    *end = 0;
    char *length_field = strcasestr(c->input, "\r\ncontent-length:");
    char *chunks_field = strcasestr(c->input, "\r\nx-chunks:");
    size_t length = length_field ? strtoul(length_field + 17, NULL, 10) : 0;
    size_t total = end + 4 - c->input + length;
    if (c->have < total) {
        *end = '\r';
        return 0;
    }
    long wanted = chunks_field ? strtol(chunks_field + 11, NULL, 10) : tokens;
    int is_post = !strncmp(c->input, "POST ", 5);
    char path[64] = "";
    sscanf(c->input, "%*s %63s", path);
    memmove(c->input, c->input + total, c->have - total);
    c->have -= total;
    if (is_post) {
        const char *head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
        c->next = 0;
        c->count = wanted;
        add(c, head, strlen(head));
        if (pause_us ? flush(fd, c) < 0 : 0) drop(fd);
        else if (!pause_us) pump(fd, c);
    } else if (!strcmp(path, "/api/tags")) {
        document(fd, c, "{\"models\":[{\"name\":\"bench:1b\",\"model\":\"bench:1b\",\"size\":1,\"digest\":\"b\"}]}");
    } else if (!strcmp(path, "/api/ps")) {
        document(fd, c, "{\"models\":[{\"name\":\"bench:1b\",\"model\":\"bench:1b\"}]}");
    } else {
        document(fd, c, "{\"version\":\"0.12.3\"}");
    }
    return connections[fd] != NULL;
}

static void readable(int fd, struct connection *c) {
    ssize_t got = recv(fd, c->input + c->have, INPUT - 1 - c->have, 0);
    if (got == 0 || (got < 0 && errno != EAGAIN)) return drop(fd);
    if (got > 0) c->have += got;
    while (connections[fd] && !c->count && c->have && request(fd, c)) {}
}

static void tick(void) {
    unsigned long long count;
    if (read(timer, &count, sizeof count) < 0) return;
    for (int fd = 0; fd < MAX_FD; fd++) {
        struct connection *c = connections[fd];
        if (c && c->count && !c->wants_write) pump(fd, c);
        if (connections[fd] && !c->count && c->have) readable(fd, c);
    }
}

int main(int argc, char **argv) {
    if (argc != 3) return fprintf(stderr, "usage: tokenserver TOKENS MICROSECONDS\n"), 64;
    tokens = atol(argv[1]);
    pause_us = atol(argv[2]);
    signal(SIGPIPE, SIG_IGN);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (void *)&address, size) || listen(listener, 4096)) return perror("listen"), 1;
    getsockname(listener, (void *)&address, &size);
    printf("port %d\n", ntohs(address.sin_port));
    fflush(stdout);
    loop = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[256];
    epoll_ctl(loop, EPOLL_CTL_ADD, listener, &event);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    if (pause_us) {
        struct itimerspec every = {{pause_us / 1000000, pause_us % 1000000 * 1000}, {pause_us / 1000000, pause_us % 1000000 * 1000}};
        timerfd_settime(timer, 0, &every, NULL);
        event.data.fd = timer;
        epoll_ctl(loop, EPOLL_CTL_ADD, timer, &event);
    }
    for (;;) {
        int ready = epoll_wait(loop, events, 256, -1);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd == timer) {
                tick();
            } else if (fd == listener) {
                int peer = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), on = 1;
                if (peer < 0 || peer >= MAX_FD) continue;
                setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                connections[peer] = calloc(1, sizeof(struct connection));
                connections[peer]->input = malloc(INPUT);
                event = (struct epoll_event){.events = EPOLLIN, .data.fd = peer};
                epoll_ctl(loop, EPOLL_CTL_ADD, peer, &event);
            } else {
                struct connection *c = connections[fd];
                if (c && events[i].events & EPOLLOUT) {
                    int result = flush(fd, c);
                    if (result < 0) { drop(fd); continue; }
                    if (result > 0) { set_write(fd, c, 0); if (c->count) pump(fd, c); }
                }
                if (connections[fd] && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) readable(fd, connections[fd]);
            }
        }
    }
}
