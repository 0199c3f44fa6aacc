import Contracts

/// Figures in the OpenMetrics text form (https://openmetrics.io, 1.0).
enum MetricsText {
    static let contentType = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    static func render(_ figures: [ControlFigure]) -> String {
        var order: [String] = []
        var groups: [String: [ControlFigure]] = [:]
        for figure in figures {
            if groups[figure.name] == nil { order.append(figure.name) }
            groups[figure.name, default: []].append(figure)
        }
        var text = ""
        for name in order {
            guard let group = groups[name], let first = group.first else { continue }
            text += "# TYPE \(name) \(first.type)\n"
            if !first.help.isEmpty { text += "# HELP \(name) \(escaped(first.help))\n" }
            let suffix = first.type == "counter" ? "_total" : ""
            for figure in group { text += "\(name)\(suffix)\(labels(figure.labels)) \(number(figure.value))\n" }
        }
        return text + "# EOF\n"
    }

    private static func labels(_ labels: [String: String]) -> String {
        guard !labels.isEmpty else { return "" }
        let pairs = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(escaped($0.value))\"" }
        return "{" + pairs.joined(separator: ",") + "}"
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
        return result
    }
}
