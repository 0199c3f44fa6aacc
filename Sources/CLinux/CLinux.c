#define _GNU_SOURCE
#include "CLinux.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <malloc.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif
#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE 2
#endif
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

struct child_context {
    const struct martlet_spawn_request *request;
    sigset_t mask;
    volatile int error;
};

// Runs in the child on the parent's memory, the parent's thread being suspended: only async-signal-safe calls.
static int child_main(void *opaque) {
    struct child_context *context = opaque;
    const struct martlet_spawn_request *request = context->request;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; number++) sigaction(number, &action, NULL);

    if (request->parent_death_signal) prctl(PR_SET_PDEATHSIG, request->parent_death_signal, 0, 0, 0);

    int count = request->fd_count;
    // First out of the way of the target numbers, then into place: no source is overwritten before it is used.
    int moved[64];
    if (count > 64) {
        context->error = E2BIG;
        _exit(127);
    }
    for (int index = 0; index < count; index++) {
        moved[index] = fcntl(request->fds[index], F_DUPFD_CLOEXEC, 3 + count);
        if (moved[index] < 0) {
            context->error = errno;
            _exit(127);
        }
    }
    for (int index = 0; index < count; index++) {
        if (dup2(moved[index], 3 + index) < 0) {
            context->error = errno;
            _exit(127);
        }
    }
#ifdef SYS_close_range
    syscall(SYS_close_range, 3 + count, ~0U, 0);
#endif
    int null = open("/dev/null", O_RDONLY);
    if (null > 0) {
        dup2(null, 0);
        close(null);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(request->path, request->argv, request->envp);
    context->error = errno;
    _exit(127);
}

int martlet_spawn(const struct martlet_spawn_request *request, pid_t *pid, int *pidfd) {
    const size_t stack_size = 256 * 1024;
    char *stack = mmap(NULL, stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) return errno;
    struct child_context context = {.request = request, .error = 0};
    sigset_t all;
    sigfillset(&all);
    // No handler of ours may run in the child while it shares our memory.
    pthread_sigmask(SIG_SETMASK, &all, &context.mask);
    int fd = -1;
    int result = clone(child_main, stack + stack_size, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &context, &fd);
    int error = result < 0 ? errno : context.error;
    pthread_sigmask(SIG_SETMASK, &context.mask, NULL);
    munmap(stack, stack_size);
    if (result < 0) return error;
    if (error) {
        int status;
        waitpid(result, &status, 0);
        if (fd >= 0) close(fd);
        return error;
    }
    *pid = result;
    *pidfd = fd;
    return 0;
}

int martlet_pidfd_open(pid_t pid) {
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    return fd;
}

int martlet_pidfd_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int martlet_pidfd_reap(int pidfd, int *status) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    if (waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG) != 0) return -1;
    if (info.si_pid == 0) return 0;
    // Rebuilt in the form of wait(2), so that one pair of functions reads both.
    *status = info.si_code == CLD_EXITED ? (info.si_status & 0xff) << 8 : (info.si_status & 0x7f);
    return 1;
}

int martlet_peer_credentials(int fd, pid_t *pid, uid_t *uid, gid_t *gid) {
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return -1;
    *pid = credentials.pid;
    *uid = credentials.uid;
    *gid = credentials.gid;
    return 0;
}

int martlet_peer_groups(int fd, gid_t *groups, int capacity) {
    socklen_t length = (socklen_t)capacity * sizeof(gid_t);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &length) != 0) return -1;
    return (int)(length / sizeof(gid_t));
}

int martlet_accept(int fd) { return accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC); }

int martlet_socketpair(int fds[2]) {
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds);
}

int martlet_is_listening(int fd) {
    int value = 0;
    socklen_t length = sizeof value;
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) == 0 && value;
}

int martlet_wait_exited(int status, int *code) {
    if (!WIFEXITED(status)) return 0;
    *code = WEXITSTATUS(status);
    return 1;
}

int martlet_wait_signaled(int status, int *signal) {
    if (!WIFSIGNALED(status)) return 0;
    *signal = WTERMSIG(status);
    return 1;
}

void martlet_set_process_name(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

void martlet_tune_malloc(void) {
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_TRIM_THRESHOLD, 256 * 1024);
    mallopt(M_MMAP_THRESHOLD, 256 * 1024);
}

void martlet_trim_heap(void) { malloc_trim(0); }

static sigset_t set_of(const int *signals, int count) {
    sigset_t set;
    sigemptyset(&set);
    for (int index = 0; index < count; index++) sigaddset(&set, signals[index]);
    return set;
}

int martlet_block_signals(const int *signals, int count) {
    sigset_t set = set_of(signals, count);
    return pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int martlet_signalfd(const int *signals, int count) {
    sigset_t set = set_of(signals, count);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int martlet_signalfd_read(int fd, int *sender_pid) {
    struct signalfd_siginfo info;
    if (read(fd, &info, sizeof info) != sizeof info) return 0;
    *sender_pid = (int)info.ssi_pid;
    return (int)info.ssi_signo;
}

int martlet_set_cloexec(int fd, int on) {
    int flags = fcntl(fd, F_GETFD);
    if (flags < 0) return -1;
    return fcntl(fd, F_SETFD, on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC);
}

void martlet_reset_signals(void) {
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
}

int martlet_exec(const char *path, char *const *argv, char *const *envp) {
    execve(path, argv, envp);
    return errno;
}

int martlet_memfd(const char *name) { return memfd_create(name, 0); }

struct apart {
    void (*body)(void *);
    void *context;
    int error;
};

static void *apart_main(void *opaque) {
    struct apart *apart = opaque;
#ifdef SYS_close_range
    if (syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_UNSHARE) != 0) {
        apart->error = errno;
        return NULL;
    }
    apart->body(apart->context);
#else
    apart->error = ENOSYS;
#endif
    return NULL;
}

int martlet_run_apart(void (*body)(void *), void *context) {
    struct apart apart = {body, context, 0};
    pthread_t thread;
    int error = pthread_create(&thread, NULL, apart_main, &apart);
    if (error) return error;
    pthread_join(thread, NULL);
    return apart.error;
}

uint64_t martlet_tcp_received(int fd) {
    struct tcp_info info;
    socklen_t length = sizeof info;
    memset(&info, 0, sizeof info);
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) ? 0 : info.tcpi_bytes_received;
}

const char *martlet_load_functions(const char *name, const struct martlet_function *wanted, size_t count) {
    static _Thread_local char missing[128];
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library) return dlerror();
    for (size_t index = 0; index < count; index++) {
        *wanted[index].place = dlsym(library, wanted[index].name);
        if (*wanted[index].place) continue;
        snprintf(missing, sizeof missing, "%s lacks a function of its interface", name);
        return missing;
    }
    return NULL;
}
