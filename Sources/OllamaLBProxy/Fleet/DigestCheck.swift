/// Finds names of models under which backends have different things.
enum DigestCheck {
    struct Variant: Hashable, Sendable {
        var digest: String
        var backends: [Int]
    }

    struct Mismatch: Hashable, Sendable {
        var model: String
        /// By their first backend.
        var variants: [Variant]

        /// For the log: `0,2: 3fa1…; 1: 77bc…`.
        var text: String {
            variants.map { "\($0.backends.map(String.init).joined(separator: ",")): \($0.digest.prefix(12))" }
                .joined(separator: "; ")
        }
    }

    /// - Parameter fleet: for each backend its index and the digests of its models by name. An empty digest says nothing.
    static func mismatches(_ fleet: [(index: Int, digests: [String: String])]) -> [Mismatch] {
        var found: [String: [String: [Int]]] = [:]
        for (index, digests) in fleet {
            for (model, digest) in digests where !digest.isEmpty {
                found[model, default: [:]][digest, default: []].append(index)
            }
        }
        return found.filter { $0.value.count > 1 }.map { model, variants in
            Mismatch(
                model: model,
                variants: variants.map { Variant(digest: $0.key, backends: $0.value.sorted()) }
                    .sorted { ($0.backends.first ?? 0, $0.digest) < ($1.backends.first ?? 0, $1.digest) })
        }.sorted { $0.model < $1.model }
    }
}
