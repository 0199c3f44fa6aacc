import CCrypt
import Glibc

/// The bcrypt of libxcrypt. A call costs tens of milliseconds to 200 at cost 12: never make it on an event loop.
enum Crypt {
    /// `crypt_data` is 32 KiB, too much for a thread's stack.
    private static let scratchSize = 32_768
    private static let saltSize = 16
    /// Length of `$2b$12$` with salt and hash.
    static let hashLength = 60

    /// A setting (prefix, cost, fresh salt) for a new hash; nil if the cost is out of bcrypt's range.
    static func setting(cost: Int) -> String? {
        var generator = SystemRandomNumberGenerator()
        let salt = (0..<saltSize).map { _ in CChar(bitPattern: UInt8.random(in: 0...255, using: &generator)) }
        var output = [CChar](repeating: 0, count: Int(CRYPT_GENSALT_OUTPUT_SIZE))
        let made = crypt_gensalt_rn("$2b$", UInt(cost), salt, Int32(salt.count), &output, Int32(output.count))
        guard made != nil else { return nil }
        return String(decoding: output.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The hash of `password` with the salt and cost of `setting`, which may be a whole hash; nil if that is none.
    ///
    /// Only the bytes before a NUL count, and of those the first 72.
    static func hash(_ password: String, setting: String) -> [UInt8]? {
        let scratch = UnsafeMutableRawPointer.allocate(byteCount: scratchSize, alignment: 16)
        scratch.initializeMemory(as: UInt8.self, repeating: 0, count: scratchSize)
        defer {
            // It holds traces of the password.
            explicit_bzero(scratch, scratchSize)
            scratch.deallocate()
        }
        guard let result = crypt_rn(password, setting, scratch, Int32(scratchSize)) else { return nil }
        let hash = UnsafeBufferPointer(start: result, count: strlen(result)).map(UInt8.init(bitPattern:))
        return hash.count == hashLength ? hash : nil
    }

    /// Takes the same time wherever the first difference is.
    static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
