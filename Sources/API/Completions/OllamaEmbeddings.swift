import Contracts
import FoundationEssentials
import Glibc
import HTTPFront
import NIOCore
import NIOHTTP1

/// Ollama's answer to `/api/embed` as OpenAI's list of embeddings. Numbers stay the text they were, unless base64 is
/// wanted. Made outside of the event loop: there may be millions of numbers.
final class OllamaEmbeddings: WholeAnswer {
    private let model: String
    private let isBase64: Bool

    init(model: String, isBase64: Bool) {
        self.model = model
        self.isBase64 = isBase64
    }

    override func ending(_ body: ByteBuffer, _ headers: HTTPHeaders) -> RelayEnding {
        let (model, isBase64) = (model, isBase64)
        return .later {
            guard let json = Self.list(body, model, isBase64) else {
                return CompletionError(status: .badGateway, message: "the model's server sent no embeddings").response
            }
            var response = HTTPResponse(json: json)
            response.headers.add(contentsOf: PassedHeaders.of(headers))
            return response
        }
    }

    static func list(_ body: ByteBuffer, _ model: String, _ isBase64: Bool) -> ByteBuffer? {
        guard let members = (try? JSONSlice(document: body))?.members, let lists = members["embeddings"]?.elements
        else {
            return nil
        }
        var data = ByteBufferAllocator().buffer(capacity: body.readableBytes + lists.count * 64)
        data.writeStaticString("[")
        for (index, list) in lists.enumerated() {
            guard list.isArray else { return nil }
            data.writeString("\(index > 0 ? "," : ""){\"object\":\"embedding\",\"index\":\(index),\"embedding\":")
            if isBase64 {
                guard let text = base64(list) else { return nil }
                data.writeString("\"\(text)\"}")
            } else {
                data.writeImmutableBuffer(list.bytes)
                data.writeStaticString("}")
            }
        }
        data.writeStaticString("]")
        let tokens = members["prompt_eval_count"].flatMap { Int64(String(buffer: $0.bytes)) } ?? 0
        var writer = JSONWriter(capacity: data.readableBytes + 256)
        writer.add("object", "list")
        writer.add("data", bytes: data)
        writer.add("model", model)
        writer.add("usage", json: "{\"prompt_tokens\":\(tokens),\"total_tokens\":\(tokens)}")
        return writer.finish()
    }

    /// Base64 of the numbers as 32-bit floats, lowest byte first.
    private static func base64(_ list: JSONSlice) -> String? {
        var floats = Data(capacity: list.bytes.readableBytes / 4)
        let isWhole = list.bytes.withUnsafeReadableBytes { bytes -> Bool in
            var cursor = JSONCursor(bytes)
            do throws(JSONCursor.Malformed) {
                try cursor.array { range throws(JSONCursor.Malformed) in
                    guard let number = float(bytes, range) else { throw JSONCursor.Malformed() }
                    withUnsafeBytes(of: number.bitPattern.littleEndian) { floats.append(contentsOf: $0) }
                }
                return true
            } catch {
                return false
            }
        }
        return isWhole ? floats.base64EncodedString() : nil
    }

    private static func float(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Float? {
        Float(String(decoding: bytes[range], as: UTF8.self))
    }
}
