import Glibc
import Testing

@testable import Reactor

/// What a test shares with work that other threads post.
@ReactorActor
private final class Seen {
    var items: [Int] = []
    var isDone = false

    func keepPosting() {
        if !isDone { Reactor.shared.execute { self.keepPosting() } }
    }
}

@Suite @ReactorActor struct ReactorTests {
    /// A connected pair of non-blocking sockets, closed at the end.
    private func withPair(_ body: @ReactorActor (CInt, CInt) async throws -> Void) async throws {
        var pair: [CInt] = [-1, -1]
        let type = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        try #require(socketpair(AF_UNIX, type, 0, &pair) == 0)
        defer {
            close(pair[0])
            close(pair[1])
        }
        try await body(pair[0], pair[1])
    }

    /// Lets the reactor turn a few times.
    private func turnsPass(_ count: UInt64 = 3) async {
        let goal = Reactor.shared.turns + count
        while Reactor.shared.turns < goal {
            await withCheckedContinuation { continuation in
                Reactor.shared.schedule(after: .milliseconds(1)) { continuation.resume() }
            }
        }
    }

    @Test("work posted by one thread runs in its order, all of it on the loop")
    func postedOrder() async {
        let seen = Seen()
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            Task.detached {
                for index in 0..<1000 {
                    Reactor.shared.execute {
                        #expect(Reactor.shared.isOnThread)
                        seen.items.append(index)
                    }
                }
                Reactor.shared.execute { continuation.resume() }
            }
        }
        #expect(seen.items == Array(0..<1000))
    }

    @Test("work that posts work does not starve the sockets")
    func noStarvation() async throws {
        try await withPair { left, right in
            let seen = Seen()
            seen.keepPosting()
            await withCheckedContinuation { continuation in
                Reactor.shared.watch(left, .readable) { _ in
                    Reactor.shared.unwatch(left)
                    continuation.resume()
                }
                write(right, "x", 1)
            }
            seen.isDone = true
        }
    }

    @Test("async code of the actor runs on the loop's thread, other code does not")
    func isolation() async {
        #expect(Reactor.shared.isOnThread)
        await Task.yield()
        #expect(Reactor.shared.isOnThread)
        let elsewhere = await Task.detached { Reactor.shared.isOnThread }.value
        #expect(!elsewhere && Reactor.shared.isOnThread)
        let value = await Task.detached { await Self.onTheLoop() }.value
        #expect(value)
        #expect(ReactorActor.assumeIsolated { Reactor.shared.isOnThread })
    }

    private static func onTheLoop() -> Bool { Reactor.shared.isOnThread }

    @Test("the end of a turn runs its actions once, and those they add, before the next turn")
    func endOfTurn() async {
        var calls: [String] = []
        var turns: [UInt64] = []
        Reactor.shared.atEndOfTurn {
            calls.append("first")
            turns.append(Reactor.shared.turns)
            Reactor.shared.atEndOfTurn {
                calls.append("added")
                turns.append(Reactor.shared.turns)
            }
        }
        let turn = Reactor.shared.turns
        #expect(calls.isEmpty)
        await turnsPass()
        #expect(calls == ["first", "added"] && turns == [turn, turn])
    }

    @Test("a watch tells what is ready, as long as it is, and what it was changed to")
    func watch() async throws {
        try await withPair { left, right in
            var seen: [Readiness] = []
            Reactor.shared.watch(left, .readable) { readiness in
                seen.append(readiness)
                if seen.count == 2 {
                    var byte: UInt8 = 0
                    read(left, &byte, 1)
                }
            }
            write(right, "x", 1)
            await turnsPass(10)
            #expect(seen == [.readable, .readable])
            Reactor.shared.rewatch(left, .writable)
            await turnsPass()
            #expect(seen.count > 2 && seen.last == .writable)
            Reactor.shared.rewatch(left, [.readable, .peerClosed])
            shutdown(right, CInt(SHUT_WR))
            await turnsPass()
            #expect(seen.last?.isSuperset(of: [.readable, .peerClosed]) == true)
            Reactor.shared.unwatch(left)
            let count = seen.count
            await turnsPass(5)
            #expect(seen.count == count)
        }
    }

    @Test("what is unwatched in a turn hears nothing more of it, even when its number is watched anew")
    func unwatchWithinTurn() async throws {
        try await withPair { first, firstPeer in
            try await withPair { second, secondPeer in
                var calls: [CInt] = []
                var isAnew = false
                // Whichever is dispatched first ends the other; both are ready in the same turn.
                @ReactorActor func heard(_ descriptor: CInt, _ other: CInt) {
                    calls.append(descriptor)
                    Reactor.shared.unwatch(other)
                    Reactor.shared.unwatch(descriptor)
                    Reactor.shared.watch(other, .peerClosed) { _ in isAnew = true }
                }
                Reactor.shared.watch(first, .readable) { _ in heard(first, second) }
                Reactor.shared.watch(second, .readable) { _ in heard(second, first) }
                write(firstPeer, "x", 1)
                write(secondPeer, "x", 1)
                await turnsPass(5)
                #expect(calls.count == 1 && !isAnew)
                Reactor.shared.unwatch(first)
                Reactor.shared.unwatch(second)
            }
        }
    }
}
