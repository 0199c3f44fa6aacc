import CLinux
import Contracts
import Glibc
import Link
import Reactor

/// Round trips over the protocol, for the benchmark: `link-benchmark SOCKET COUNT` prints microseconds at p50
/// and p99 of `daemon.ping` on a daemon's socket.
@main
enum LinkBenchmark {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let count = Int(arguments[2]), count > 0 else {
            print("usage: link-benchmark SOCKET COUNT")
            exit(64)
        }
        let path = arguments[1]
        signal(SIGPIPE, SIG_IGN)
        Reactor.shared.runForever {
            Task { @ReactorActor in
                do {
                    try await measure(path, count)
                    exit(0)
                } catch {
                    print("\(error)")
                    exit(1)
                }
            }
        }
    }

    @ReactorActor
    private static func measure(_ path: String, _ count: Int) async throws {
        let client = LinkClient(path: path, configuration: SessionConfiguration(role: "benchmark"))
        var request = ControlPing()
        request.text = String(repeating: "x", count: 32)
        var times: [Double] = []
        times.reserveCapacity(count)
        for index in 0..<count + 200 {
            let start = ContinuousClock.now
            _ = try await client.call(Methods.ping, request)
            let (seconds, attoseconds) = start.duration(to: .now).components
            if index >= 200 { times.append(Double(seconds) * 1e6 + Double(attoseconds) / 1e12) }
        }
        times.sort()
        print("p50_us=\(times[count / 2]) p99_us=\(times[count * 99 / 100])")
    }
}
