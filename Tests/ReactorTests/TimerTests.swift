import Testing

@testable import Reactor

@Suite @ReactorActor struct TimerTests {
    @Test("timers fire in the order of their deadlines, cancelled ones never")
    func order() async {
        var fired: [Int] = []
        var timers: [ReactorTimer] = []
        let delays = (0..<200).map { $0 * 37 % 200 }
        await withCheckedContinuation { continuation in
            for delay in delays {
                timers.append(Reactor.shared.schedule(after: .microseconds(delay * 200)) { fired.append(delay) })
            }
            for (delay, timer) in zip(delays, timers) where delay % 3 == 0 {
                timer.cancel()
                timer.cancel()
            }
            Reactor.shared.schedule(after: .milliseconds(100)) { continuation.resume() }
        }
        // By their real deadlines: scheduling them takes time too.
        let kept = zip(delays, timers).filter { $0.0 % 3 != 0 }
        #expect(fired == kept.sorted { $0.1.deadline < $1.1.deadline }.map(\.0))
    }

    @Test("a timer never fires early, and may cancel another that is due in the same turn")
    func cancelDue() async {
        let start = ContinuousClock.now
        var fired: [String] = []
        await withCheckedContinuation { continuation in
            var second: ReactorTimer?
            Reactor.shared.schedule(after: .milliseconds(10)) {
                #expect(.now - start >= .milliseconds(10))
                fired.append("first")
                second?.cancel()
            }
            second = Reactor.shared.schedule(after: .microseconds(10_001)) { fired.append("second") }
            Reactor.shared.schedule(after: .milliseconds(30)) { continuation.resume() }
        }
        #expect(fired.first == "first" && fired.count <= 2)
    }

    @Test("a heap that timers leave from anywhere keeps its order and forgets them")
    func heap() {
        var heap = TimerHeap()
        var timers: [ReactorTimer] = []
        let now = ContinuousClock.now
        for index in 0..<500 {
            let timer = ReactorTimer(deadline: now + .milliseconds(index * 7919 % 500)) {}
            timers.append(timer)
            heap.insert(timer)
        }
        for index in stride(from: 0, to: 500, by: 2) {
            heap.remove(timers[index])
            heap.remove(timers[index])
        }
        #expect(heap.count == 250)
        var last = now
        while let next = heap.next {
            #expect(next.deadline >= last)
            last = next.deadline
            heap.remove(next)
        }
        #expect(heap.count == 0)
    }
}
