import Glibc

/// Why the secret key cannot be had; both texts are for the operator.
public struct SecretKeyError: Error, Sendable, Equatable, CustomStringConvertible {
    public let message: String
    public let advice: String

    public var description: String { "\(message) \(advice)" }
}

/// The key of the session tokens where `WEBUI_SECRET_KEY` gives none: made once, kept in the data directory.
public enum SecretKeyFile {
    public static let name = ".webui_secret_key"
    private static let byteCount = 32
    private static let longest = 4_096

    /// The stored key, made first if there is none. Blocks for a moment: call it at start.
    ///
    /// Of several processes that start at once all get the same key. The file's bytes are the key, without white
    /// space around them, so that `WEBUI_SECRET_KEY="$(cat …)"` is the same key.
    public static func loadOrCreate(dataDir: String) throws(SecretKeyError) -> [UInt8] {
        let path = dataDir + "/" + name
        if let key = try load(path) { return key }
        let temporary = "\(path).\(getpid()).\(UInt32.random(in: .min ... .max))"
        defer { unlink(temporary) }
        try write(Array(makeKey().utf8) + [UInt8(ascii: "\n")], to: temporary)
        // Unlike a rename, a link never replaces what another process has just made.
        guard link(temporary, path) == 0 || errno == EEXIST, let key = try load(path) else {
            throw failure("write", path)
        }
        return key
    }

    private static func makeKey() -> String {
        var generator = SystemRandomNumberGenerator()
        let digits = Array("0123456789abcdef")
        return String((0..<byteCount * 2).map { _ in digits[Int.random(in: 0..<16, using: &generator)] })
    }

    /// Nil if there is no such file.
    private static func load(_ path: String) throws(SecretKeyError) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("read", path)
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw failure("read", path) }
        // A copy or a restored backup may have become readable for others.
        if status.st_mode & 0o077 != 0 { fchmod(file, 0o600) }
        var bytes = [UInt8](repeating: 0, count: longest + 1)
        let count = read(file, &bytes, bytes.count)
        guard count >= 0 else { throw failure("read", path) }
        let key = trimmed(bytes.prefix(count))
        guard !key.isEmpty, count <= longest else {
            throw SecretKeyError(
                message: "The secret key file \(path) is empty or too large.",
                advice: "Restore it, or delete it: a new key is made then, and everybody must sign in again.")
        }
        return key
    }

    private static func trimmed(_ bytes: some BidirectionalCollection<UInt8>) -> [UInt8] {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        return Array(Array(bytes.drop(while: isSpace)).reversed().drop(while: isSpace).reversed())
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(SecretKeyError) {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("write", path) }
        defer { close(file) }
        guard Glibc.write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0 else {
            throw failure("write", path)
        }
    }

    private static func failure(_ verb: String, _ path: String) -> SecretKeyError {
        SecretKeyError(
            message: "Cannot \(verb) the secret key file \(path): \(String(cString: strerror(errno))).",
            advice: "Make the data directory writable for the user that runs martlet, or set WEBUI_SECRET_KEY.")
    }
}
