import CLinux
import Glibc

/// Who is at the other end of a Unix socket, as the kernel says (SO_PEERCRED at the time of connect).
public struct PeerCredentials: Sendable, Equatable {
    public var pid: pid_t
    public var uid: uid_t
    public var gid: gid_t

    public init(pid: pid_t, uid: uid_t, gid: gid_t) {
        self.pid = pid
        self.uid = uid
        self.gid = gid
    }

    /// nil when `fd` is no connected Unix socket.
    public init?(fd: CInt) {
        var pid: pid_t = 0
        var uid: uid_t = 0
        var gid: gid_t = 0
        guard martlet_peer_credentials(fd, &pid, &uid, &gid) == 0 else { return nil }
        self.init(pid: pid, uid: uid, gid: gid)
    }
}

/// Who may speak to a socket: root, the account that the daemons run as, and members of the socket's group.
public struct PeerPolicy: Sendable {
    public var uid: uid_t
    /// nil: no group is let in.
    public var group: gid_t?

    public init(uid: uid_t = geteuid(), group: gid_t? = nil) {
        self.uid = uid
        self.group = group
    }

    /// `groups`: the peer's supplementary groups.
    public func allows(_ peer: PeerCredentials, groups: [gid_t]) -> Bool {
        if peer.uid == 0 || peer.uid == uid { return true }
        guard let group else { return false }
        return peer.gid == group || groups.contains(group)
    }

    /// Asks the kernel about the peer of `fd`.
    public func allows(fd: CInt) -> Bool {
        guard let peer = PeerCredentials(fd: fd) else { return false }
        var groups = [gid_t](repeating: 0, count: 256)
        let count = martlet_peer_groups(fd, &groups, CInt(groups.count))
        return allows(peer, groups: Array(groups.prefix(max(0, Int(count)))))
    }
}
