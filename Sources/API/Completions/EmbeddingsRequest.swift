import Contracts
import NIOCore

/// The body of `POST /api/embeddings`, OpenAI's.
struct EmbeddingsRequest: Sendable {
    let members: JSONSlices
    let model: String

    init(_ body: ByteBuffer) throws(CompletionError) {
        guard let members = (try? JSONSlice(document: body))?.members else {
            throw .invalid("The body must be a JSON object.")
        }
        guard !members.hasLookalike(of: "model") else {
            throw .invalid("There is more than one model.", param: "model")
        }
        guard let model = members["model"]?.text, !model.isEmpty else {
            throw .invalid("You must provide a model parameter.", param: "model")
        }
        guard let input = members["input"], !input.isNull else { throw .invalid("Input is missing.", param: "input") }
        guard input.isText || input.isArray else {
            throw .invalid("Input must be a text or a list of texts.", param: "input")
        }
        self.members = members
        self.model = model
    }

    /// Whether the client wants base64 of 32-bit floats instead of numbers.
    func isBase64() throws(CompletionError) -> Bool {
        switch members["encoding_format"]?.text {
        case nil, "float": return false
        case "base64": return true
        default: throw .invalid("encoding_format must be float or base64.", param: "encoding_format")
        }
    }

    /// The body of Ollama's `/api/embed`.
    func ollama() throws(CompletionError) -> ByteBuffer {
        guard let input = members["input"] else { throw .invalid("Input is missing.", param: "input") }
        if input.isArray {
            guard let elements = input.elements, !elements.isEmpty, elements.allSatisfy(\.isText) else {
                throw .invalid("This model takes texts, not tokens: a text or a list of texts.", param: "input")
            }
        }
        var writer = JSONWriter(capacity: input.bytes.readableBytes + 128)
        writer.add("model", model)
        writer.add("input", input)
        for name in ["dimensions", "truncate", "options", "keep_alive"] {
            if let value = members[name], !value.isNull { writer.add(name, value) }
        }
        return writer.finish()
    }

    /// The same document without Open WebUI's members.
    func openAI() -> ByteBuffer {
        var writer = JSONWriter(capacity: 256)
        var written: Set<String> = []
        for member in members.list.reversed() where member.name != "metadata" {
            guard written.insert(member.name).inserted else { continue }
            writer.add(member.name, member.value)
        }
        return writer.finish()
    }
}
