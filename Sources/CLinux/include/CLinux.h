// Thin shims over Linux calls that Swift cannot reach or cannot make safely. No logic of Martlet's.
#ifndef MARTLET_CLINUX_H
#define MARTLET_CLINUX_H

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/types.h>

/// What `martlet_spawn` starts. `fds[i]` becomes descriptor `3 + i` of the child; every other descriptor above 2 is closed.
struct martlet_spawn_request {
    const char *path;
    char *const *argv;
    char *const *envp;
    const int *fds;
    int fd_count;
    int parent_death_signal;  // 0: none. Follows the *thread* that spawns, so that thread must live on.
};

/// Starts a process with clone(CLONE_VM | CLONE_VFORK | CLONE_PIDFD). Returns 0, or the errno of whatever failed
/// (clone or exec). On success `*pid` and `*pidfd` (close-on-exec, the caller closes it) are set.
int martlet_spawn(const struct martlet_spawn_request *request, pid_t *pid, int *pidfd);

/// pidfd of a process that is there already (after a re-execution); -1 and errno on failure.
int martlet_pidfd_open(pid_t pid);
/// Sends a signal to exactly the process behind a pidfd. 0, or -1 and errno.
int martlet_pidfd_signal(int pidfd, int signal);
/// Reaps the process behind a pidfd without blocking: 1 reaped (`*status` as of wait(2)), 0 still running, -1 errno.
int martlet_pidfd_reap(int pidfd, int *status);

/// Credentials of the peer of a connected Unix socket (SO_PEERCRED). 0, or -1 and errno.
int martlet_peer_credentials(int fd, pid_t *pid, uid_t *uid, gid_t *gid);

/// Supplementary groups of the peer (SO_PEERGROUPS): how many were written, or -1 and errno.
int martlet_peer_groups(int fd, gid_t *groups, int capacity);

/// accept4 with SOCK_NONBLOCK | SOCK_CLOEXEC; the address is not wanted.
int martlet_accept(int fd);
/// socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK).
int martlet_socketpair(int fds[2]);
/// 1 if `fd` is a listening socket, else 0.
int martlet_is_listening(int fd);

int martlet_wait_exited(int status, int *code);
int martlet_wait_signaled(int status, int *signal);

/// Runs `body` on a new thread that has a table of descriptors of its own, with nothing but 0 to 2 in it, and waits for its
/// end, which closes what it opened. For libraries that go on using a number that they have closed. Threads that `body`
/// starts get the same table: it must not wake what starts threads for others (a continuation, a dispatch queue).
/// 0, or the errno of what failed, and then `body` did not run. Linux 5.9.
int martlet_run_apart(void (*body)(void *), void *context);

/// A function of a library that is loaded at first use, and where its address goes.
struct martlet_function {
    const char *name;
    void **place;
};
/// Loads a library (`libcurl.so.4`) and finds its functions. NULL, or why it cannot, until the thread's next call.
const char *martlet_load_functions(const char *library, const struct martlet_function *wanted, size_t count);

/// Bytes that a TCP socket has received so far; 0 when it cannot be told.
uint64_t martlet_tcp_received(int fd);

/// Names the process in `ps` and `top` (comm; 15 bytes).
void martlet_set_process_name(const char *name);
/// Fewer malloc arenas and an early trim: a daemon's threads share what they free.
void martlet_tune_malloc(void);
/// Gives back what the start of the process needed and freed.
void martlet_trim_heap(void);
/// Blocks the signal in this thread and, by inheritance, in threads that it starts later.
int martlet_block_signals(const int *signals, int count);
/// signalfd over the signals (close-on-exec, non-blocking).
int martlet_signalfd(const int *signals, int count);
/// Reads one signal number from a signalfd; 0 when none is pending.
int martlet_signalfd_read(int fd, int *sender_pid);

/// Sets or clears FD_CLOEXEC.
int martlet_set_cloexec(int fd, int on);
/// exec in place; returns only with errno.
int martlet_exec(const char *path, char *const *argv, char *const *envp);
/// Restores default dispositions and an empty signal mask (before exec).
void martlet_reset_signals(void);
/// An anonymous file that survives exec (memfd without close-on-exec).
int martlet_memfd(const char *name);

#endif
