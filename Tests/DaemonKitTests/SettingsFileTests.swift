import FoundationEssentials
import Testing

@testable import DaemonKit

@Suite("Settings: etc/martlet.env") struct SettingsFileTests {
    @Test("it has every setting once, commented out, with its default")
    func complete() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../etc/martlet.env")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            .filter { $0.hasPrefix("#") && !$0.hasPrefix("# ") && $0.contains("=") }.map(String.init)
        let wanted = SettingDefinition.all.map { "#\($0.key)=\($0.fallback)" }
        #expect(lines.sorted() == wanted.sorted())
    }
}
