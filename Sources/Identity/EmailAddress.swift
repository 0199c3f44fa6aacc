/// The form of an e-mail address that an account may have.
enum EmailAddress {
    /// The longest that a mailbox can have (RFC 5321, section 4.5.3.1); the column takes 255.
    static let longest = 254

    /// `something@something.something`, or anything at localhost; no spaces or control characters.
    static func isValid(_ address: String) -> Bool {
        guard address.utf8.count <= longest, !address.unicodeScalars.contains(where: isForbidden) else { return false }
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else { return false }
        if parts[1] == "localhost" { return true }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        return labels.count > 1 && labels.allSatisfy { !$0.isEmpty }
    }

    /// Whether it is worth looking for: accounts made by other programs may have any form.
    static func couldBeStored(_ address: String) -> Bool {
        !address.isEmpty && address.utf8.count <= 1_024 && !address.utf8.contains(0)
    }

    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || scalar.properties.generalCategory == .control
    }
}
