import HTTPFront
import NIOCore

/// The form of an upload as it comes in: the part `file` goes to disk, everything else is passed over.
struct ModelFileForm {
    var parser: MultipartParser
    let file: ModelFile
    /// The file's name, as the client says.
    private(set) var name: String?
    /// The form's end has come.
    private(set) var isWhole = false
    private var isInFile = false

    init(parser: MultipartParser, file: ModelFile) {
        self.parser = parser
        self.file = file
    }

    /// - Throws: `HTTPError` 400 for what is no form; `ModelFile.Failure`.
    mutating func take(_ bytes: ByteBuffer) async throws {
        parser.feed(bytes)
        while let event = try next() {
            switch event {
            case .part(let head):
                guard head.name == "file", let filename = head.filename else { continue }
                guard name == nil else { throw HTTPError(.badRequest, "There is more than one file.") }
                name = filename
                isInFile = true
            case .data(let content): if isInFile { try await file.append(content) }
            case .endOfPart: isInFile = false
            case .end: isWhole = true
            }
        }
    }

    private mutating func next() throws(HTTPError) -> MultipartParser.Event? {
        do throws(MultipartError) {
            return try parser.next()
        } catch {
            throw HTTPError(.badRequest, "There was an error parsing the body")
        }
    }
}
