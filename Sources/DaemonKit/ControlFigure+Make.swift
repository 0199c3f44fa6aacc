import Contracts

extension ControlFigure {
    /// A value that goes up and down.
    public static func gauge(
        _ name: String, _ help: String, _ value: Double, _ labels: [String: String] = [:]
    ) -> ControlFigure {
        make(name, help, value, labels, "gauge")
    }

    /// A value that only grows while the process lives. The name carries no `_total`: the exposition adds it.
    public static func counter(
        _ name: String, _ help: String, _ value: Double, _ labels: [String: String] = [:]
    ) -> ControlFigure {
        make(name, help, value, labels, "counter")
    }

    private static func make(
        _ name: String, _ help: String, _ value: Double, _ labels: [String: String], _ type: String
    ) -> ControlFigure {
        var figure = ControlFigure()
        figure.name = name
        figure.help = help
        figure.value = value
        figure.labels = labels
        figure.type = type
        return figure
    }
}
