// A streaming load for benchmarks: K connections, each asks for a stream again and again; checks that every line comes,
// in order, to the last. One thread, epoll.
//
//   streamload PORT STREAMS SECONDS PATH TOKENS [BEARER]
//
// Prints: tokens seconds streams_done ttfb_p50_us ttfb_p99_us lost reordered truncated failed
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
#include <time.h>
#include <unistd.h>

enum { KEY = 4 };
struct stream {
    int fd, in_head, saw_first, done;
    long expected;            // number of the next line
    long long asked_at;       // ns
    int match;                // of "\"i\":" so far
    int in_number;
    long number;
    int zero_chunk;           // "0\r\n\r\n" seen so far
    char tail[512];
    int tail_size;
};

static char request[4096];
static int request_size, loop, port;
static long tokens_wanted, tokens, streams_done, lost, reordered, truncated, failed;
static long long *ttfb;
static long ttfb_count;
static int stopping;

static long long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void ask(struct stream *s) {
    s->in_head = 1;
    s->saw_first = s->done = s->match = s->in_number = s->zero_chunk = s->tail_size = 0;
    s->expected = 0;
    s->asked_at = now();
    if (send(s->fd, request, request_size, MSG_NOSIGNAL) != request_size) failed++;
}

static void open_stream(struct stream *s) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(s->fd, (void *)&address, sizeof address)) { failed++; close(s->fd); s->fd = -1; return; }
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = s};
    epoll_ctl(loop, EPOLL_CTL_ADD, s->fd, &event);
    ask(s);
}

static void line(struct stream *s, long number) {
    if (number > s->expected) lost += number - s->expected;
    if (number < s->expected) reordered++;
    s->expected = number + 1;
    if (number == tokens_wanted) s->done = 1; else tokens++;
}

static int scan(struct stream *s, const char *bytes, ssize_t size) {
    static const char key[] = "\"i\":", zero[] = "\r\n0\r\n\r\n";
    for (ssize_t i = 0; i < size; i++) {
        char c = bytes[i];
        if (s->in_number) {
            if (c >= '0' && c <= '9') { s->number = s->number * 10 + c - '0'; continue; }
            s->in_number = 0;
            line(s, s->number);
        }
        s->match = c == key[s->match] ? s->match + 1 : c == key[0];
        if (s->match == KEY) { s->in_number = 1; s->number = 0; s->match = 0; }
        if (c == zero[s->zero_chunk]) s->zero_chunk++; else s->zero_chunk = c == '\r';
        if (s->zero_chunk == 7) return 1;
    }
    return 0;
}

static void readable(struct stream *s) {
    static char buffer[1 << 18];
    ssize_t got = recv(s->fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        if (s->in_head) failed++; else if (!s->done) truncated++;
        close(s->fd);
        s->fd = -1;
        if (!stopping) open_stream(s);
        return;
    }
    char *body = buffer;
    if (s->in_head) {
        char *end = memmem(buffer, got, "\r\n\r\n", 4);
        if (!end) return;
        if (!memmem(buffer, end - buffer, " 200 ", 5)) failed++;
        s->in_head = 0;
        body = end + 2; // the chunk scanner wants the line end before a chunk
    }
    if (!s->saw_first && buffer + got - body > 2) {
        s->saw_first = 1;
        if (ttfb_count < 1 << 20) ttfb[ttfb_count++] = now() - s->asked_at;
    }
    if (scan(s, body, buffer + got - body)) {
        if (!s->done) truncated++;
        streams_done++;
        if (!stopping) ask(s);
    }
}

static int compare(const void *a, const void *b) {
    long long x = *(long long *)a, y = *(long long *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    if (argc < 6) return fprintf(stderr, "usage: streamload PORT STREAMS SECONDS PATH TOKENS [BEARER]\n"), 64;
    port = atoi(argv[1]);
    int count = atoi(argv[2]);
    double seconds = atof(argv[3]);
    tokens_wanted = atol(argv[5]);
    signal(SIGPIPE, SIG_IGN);
    const char *body = "{\"model\":\"bench:1b\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}";
    char authorization[2048] = "";
    if (argc > 6) snprintf(authorization, sizeof authorization, "Authorization: Bearer %s\r\n", argv[6]);
    request_size = snprintf(request, sizeof request,
        "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nx-chunks: %ld\r\n%sContent-Length: %zu\r\n\r\n%s",
        argv[4], tokens_wanted, authorization, strlen(body), body);
    ttfb = malloc(sizeof(long long) << 20);
    loop = epoll_create1(0);
    struct stream *streams = calloc(count, sizeof *streams);
    for (int i = 0; i < count; i++) open_stream(&streams[i]);
    long long start = now(), end = start + (long long)(seconds * 1e9), stopped = 0;
    struct epoll_event events[256];
    for (;;) {
        long long at = now();
        if (at >= end && !stopped) { stopped = at; break; }
        int ready = epoll_wait(loop, events, 256, 10);
        for (int i = 0; i < ready; i++) {
            struct stream *s = events[i].data.ptr;
            if (s->fd >= 0) readable(s);
        }
    }
    stopping = 1;
    qsort(ttfb, ttfb_count, sizeof *ttfb, compare);
    printf("tokens=%ld seconds=%.3f streams=%ld ttfb_p50_us=%.1f ttfb_p99_us=%.1f lost=%ld reordered=%ld truncated=%ld failed=%ld\n",
        tokens, (stopped - start) / 1e9, streams_done, ttfb_count ? ttfb[ttfb_count / 2] / 1e3 : 0,
        ttfb_count ? ttfb[ttfb_count * 99 / 100] / 1e3 : 0, lost, reordered, truncated, failed);
    return 0;
}
