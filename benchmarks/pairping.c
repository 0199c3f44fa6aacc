// The yardstick for a call: round trips of 64 bytes over a Unix socket between two processes of plain C.
//
//   pairping COUNT      prints p50_us and p99_us
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b) {
    double x = *(double *)a, y = *(double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    long count = argc == 2 ? atol(argv[1]) : 0;
    int pair[2];
    if (count <= 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) return 64;
    pid_t child = fork();
    char bytes[64] = {0};
    if (child == 0) {
        close(pair[0]);
        while (read(pair[1], bytes, sizeof bytes) == sizeof bytes && write(pair[1], bytes, sizeof bytes) > 0) {}
        _exit(0);
    }
    close(pair[1]);
    double *times = malloc(count * sizeof *times);
    for (long i = -200; i < count; i++) {
        double start = now();
        if (write(pair[0], bytes, sizeof bytes) < 0 || read(pair[0], bytes, sizeof bytes) <= 0) return 1;
        if (i >= 0) times[i] = now() - start;
    }
    qsort(times, count, sizeof *times, compare);
    printf("p50_us=%.2f p99_us=%.2f\n", times[count / 2], times[count * 99 / 100]);
    close(pair[0]);
    waitpid(child, NULL, 0);
    return 0;
}
