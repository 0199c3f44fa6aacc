import Testing

@testable import OllamaLBProxy

@Suite struct SimulationTests {
    static let fleet = ["100x4", "60x2", "15x1"].compactMap { SimulatedServer($0) }

    static func reports(
        _ fleet: [SimulatedServer] = fleet, rate: Double = 1.5, count: Int = 2000,
        _ change: (inout Simulation.Options) -> Void = { _ in }
    ) -> [String: SimulationReport] {
        var options = Simulation.Options()
        change(&options)
        let load = SimulatedLoad(seed: 7, count: count, rate: rate)
        return Dictionary(
            uniqueKeysWithValues: Simulation.compare(load, fleet, options: options).map { ($0.strategy, $0) })
    }

    @Test("the same seed makes up the same load, and comes to the same")
    func seeded() {
        let loads = (0..<2).map { _ in SimulatedLoad(seed: 3, count: 500, rate: 2).requests }
        #expect(loads[0] == loads[1] && loads[0] != SimulatedLoad(seed: 4, count: 500, rate: 2).requests)
        let first = Self.reports()["fastest"]
        #expect(first?.served == Self.reports()["fastest"]?.served)
    }

    @Test("every request has one end, and none waits for nothing", arguments: [0.5, 1.5, 3, 20])
    func complete(_ rate: Double) {
        for report in Self.reports(rate: rate).values {
            #expect(report.answered + report.errors.values.reduce(0, +) == report.requests)
            #expect(report.served.reduce(0, +) == report.answered)
        }
        #expect(Self.reports(rate: 0.3, count: 500)["least_connections"]?.errors == [:])
    }

    @Test("round_robin gives equal servers equal shares, fastest prefers the faster ones")
    func shares() throws {
        let equal = try #require(Self.reports(Array(repeating: Self.fleet[0], count: 3), rate: 1)["round_robin"])
        #expect((equal.served.max() ?? 0) - (equal.served.min() ?? 0) <= 1)
        let fastest = try #require(Self.reports(rate: 0.5)["fastest"])
        #expect(fastest.served[0] > fastest.served[1] && fastest.served[1] >= fastest.served[2])
    }

    @Test("under load the limits that are learnt come to the servers' slots")
    func slots() throws {
        let report = try #require(Self.reports(rate: 4, count: 4000)["least_connections"])
        #expect(abs(report.slots[0] - 4) <= 1 && abs(report.slots[1] - 2) <= 1, "\(report.slots)")
    }

    @Test("classes and users: the screen waits less than jobs, and no user far longer than the others")
    func fairness() throws {
        let report = try #require(Self.reports(rate: 2.6)["least_connections"])
        let interactive = try #require(report.waitedByClass["interactive"])
        let job = try #require(report.waitedByClass["job"])
        #expect(interactive.mean < job.mean)
    }

    @Test("a server that is down for a while costs errors only for answers that had begun")
    func outage() throws {
        var fleet = Self.fleet
        fleet[1].down = 100...200
        for report in Self.reports(fleet, rate: 1).values {
            #expect(Set(report.errors.keys).isSubset(of: ["stream broken"]), "\(report.errors)")
            #expect((report.errors["stream broken"] ?? 0) <= 2)
        }
    }

    @Test("a recorded load is read; what is none is refused")
    func recorded() throws {
        let text = """
            {"at":1.5,"user":"b","class":"job","model":"m","prompt_tokens":3,"tokens":9}
            {"at":0.5}
            """
        let load = try #require(SimulatedLoad(recorded: text))
        #expect(load.requests.map(\.at) == [0.5, 1.5] && load.requests[1].user == "b")
        #expect(load.requests[1].priority == .job && load.requests[1].tokens == 9)
        for bad in ["{}", "x", #"{"at":-1}"#, #"{"at":"1"}"#] { #expect(SimulatedLoad(recorded: bad) == nil) }
        for bad in ["", "x", "100", "100x", "0x1", "100x0", "100x4@5", "100x4@9-5", "100x4@1-2@3"] {
            #expect(SimulatedServer(bad) == nil, "\(bad)")
        }
        #expect(SimulatedServer("100x4@1-2")?.down == 1...2)
    }
}
