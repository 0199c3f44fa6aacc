/// Whose turn it is among backends with weights (stride scheduling): each time one is taken its mark moves on by
/// 1/weight, and the lowest mark is next. With equal weights the counts of those that are always there differ by at
/// most one at every moment.
struct Turns: Sendable {
    struct Contender: Equatable, Sendable {
        var index: Int
        var weight: Double
    }

    private var marks: [Int: Int64] = [:]
    private var last = -1
    private static let step = 1_000_000.0
    /// Lower weights count as this: nobody is starved, and no step overflows.
    static let lowestWeight = 0.01

    /// Those whose turn it is: the lowest mark.
    func next(_ contenders: [Contender]) -> [Int] {
        guard let lowest = contenders.map({ marks[$0.index] ?? 0 }).min() else { return [] }
        return contenders.map(\.index).filter { marks[$0] ?? 0 == lowest }
    }

    /// Of several whose turn it is: the one after the last in the order of the indices.
    func first(of indices: [Int]) -> Int? { indices.filter { $0 > last }.min() ?? indices.min() }

    mutating func take(_ chosen: Contender, of contenders: [Contender]) {
        bound(contenders)
        marks[chosen.index, default: 0] += Self.step(chosen)
        last = chosen.index
    }

    /// Those that are always there lie within one step of each other. Whoever was not there for a while is further
    /// behind (or ahead, when others were not): it makes up for one step at most.
    private mutating func bound(_ contenders: [Contender]) {
        guard let lowest = contenders.map({ marks[$0.index] ?? 0 }).min() else { return }
        let highest = lowest + (contenders.map(Self.step).max() ?? 0)
        for contender in contenders where marks[contender.index] ?? 0 > highest { marks[contender.index] = highest }
    }

    private static func step(_ contender: Contender) -> Int64 {
        Int64((step / max(lowestWeight, contender.weight)).rounded())
    }
}
