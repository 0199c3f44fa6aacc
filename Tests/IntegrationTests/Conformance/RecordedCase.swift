import Contracts
import FoundationEssentials

/// One exchange that a client of Open WebUI 0.8.3 had, in the form that Fixtures/distil.py makes.
struct RecordedCase: Decodable, Sendable {
    /// What it showed, in the recorder's words.
    var name: String
    var method: String
    /// With `{name}` in place of ids that the server chose.
    var path: String
    var asker: String
    var status: Int
    var body: JSONValue?
    /// A body that is not JSON.
    var text: String?
    var answer: JSONValue
    /// The name by which later cases know the `id` of the answer.
    var learns: String?
    /// Whose session the answer is.
    var token: String?

    enum CodingKeys: String, CodingKey {
        case name = "case"
        case asker = "as"
        case method, path, status, body, text, answer, learns, token
    }

    var label: String { "\(name): \(method) \(path) as \(asker)" }
}

extension RecordedCase {
    private static let fixtures = #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Fixtures/"

    static var kept: String { fixtures + "recorded-identity.json" }
    static var keptOfOllama: String { fixtures + "recorded-ollama.json" }
    static var keptOfOpenAI: String { fixtures + "recorded-openai.json" }
    static var keptOfModels: String { fixtures + "recorded-models.json" }
    static var distiller: String { fixtures + "distil.py" }
    /// Beside the checkout, where a developer has them.
    static var recordings: String {
        #filePath.split(separator: "/").dropLast(5).map { "/" + $0 }.joined() + "/shared/reference/recordings.jsonl"
    }

    static func read(_ file: String) throws -> [RecordedCase] {
        try JSONDecoder().decode([RecordedCase].self, from: Data(contentsOf: .init(fileURLWithPath: file)))
    }
}
