/// The engines, for tests that are made on each.
enum EngineKind: CaseIterable, Sendable {
    case sqlite
    case postgresql
}
