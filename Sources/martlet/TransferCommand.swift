import CLinux
import Glibc
import Reactor
import Storage

/// Runs a backup, a restore or an import on a thread of its own, shows how far it is, and ends the process with its exit
/// code. SIGINT, SIGTERM and SIGHUP end the work, which cleans up; then the process dies of the signal, as scripts expect.
enum TransferCommand {
    static func run(
        _ work: @escaping @Sendable (TransferControl) throws -> TransferReport,
        then finish: @escaping @Sendable (TransferReport, Duration) -> Void
    ) -> Never {
        signal(SIGPIPE, SIG_IGN)
        // A limit on the size of files is an error like a full disk, not a death.
        signal(SIGXFSZ, SIG_IGN)
        let signals = [SIGTERM, SIGINT, SIGHUP].filter { !isIgnored($0) }
        martlet_block_signals(signals, CInt(signals.count))
        let printer = ProgressPrinter()
        let control = TransferControl { printer.show($0) }
        Reactor.shared.runForever {
            let received = watch(signals, control)
            Task { @ReactorActor in
                let start = ContinuousClock.now
                do {
                    let report = try await WorkerPool(name: "transfer", threads: 1, capacity: 1).run {
                        try work(control)
                    }
                    printer.clear()
                    for note in report.notes { complain(text(of: note)) }
                    finish(report, start.duration(to: .now))
                    exit(0)
                } catch {
                    printer.clear()
                    complain("\(error)")
                    if let number = received.number { die(of: number) }
                    exit(code(error))
                }
            }
        }
    }

    /// Under nohup, or in the background of a script.
    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        sigaction(number, nil, &action)
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }

    @ReactorActor
    private final class Received {
        var number: CInt?
    }

    @ReactorActor
    private static func watch(_ signals: [CInt], _ control: TransferControl) -> Received {
        let received = Received()
        let fd = martlet_signalfd(signals, CInt(signals.count))
        Reactor.shared.watch(fd, .readable) { _ in
            var sender: CInt = 0
            let number = martlet_signalfd_read(fd, &sender)
            guard number != 0 else { return }
            // Who insists does not want to wait for the clearing away; the next run does that.
            if received.number != nil { die(of: number) }
            received.number = number
            stop(control)
        }
        return received
    }

    /// Again and again: a statement that begins just then does not hear of it.
    @ReactorActor
    private static func stop(_ control: TransferControl) {
        control.cancel()
        Reactor.shared.schedule(after: .milliseconds(100)) { stop(control) }
    }

    private static func die(of number: CInt) -> Never {
        martlet_reset_signals()
        kill(getpid(), number)
        exit(128 + number)
    }

    private static func code(_ error: any Error) -> Int32 {
        switch (error as? StorageError)?.reason {
        case .wouldReplace: ExitStatus.usage
        case .directoryMissing, .directoryUnwritable, .unavailable, .locked, .busy: ExitStatus.unavailable
        default: ExitStatus.failed
        }
    }

    private static func text(of note: TransferNote) -> String {
        let place = note.column.map { "\(note.table).\($0)" } ?? note.table
        var text = "\(note.outcome.rawValue): \(note.count) row\(note.count == 1 ? "" : "s") of \(place)"
        text += " (\(note.reason))"
        guard !note.examples.isEmpty else { return text }
        text += ": \(note.examples.joined(separator: ", "))"
        return note.count > note.examples.count ? text + ", …" : text
    }
}
