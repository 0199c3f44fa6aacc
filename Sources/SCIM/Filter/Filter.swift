/// What a filter asks (RFC 7644, section 3.4.2.2), its paths resolved against a resource type.
indirect enum Filter: Sendable, Equatable {
    enum Operator: String, Sendable, CaseIterable { case eq, ne, co, sw, ew, gt, ge, lt, le }

    enum Literal: Sendable, Equatable {
        case string(String)
        case boolean(Bool)
        case number(String)
        case null
    }

    case compare(AttributePath, Operator, Literal)
    case present(AttributePath)
    case all([Filter])
    case any([Filter])
    case not(Filter)
    /// `emails[…]`: one of the values matches. The paths inside are those of sub-attributes, `emails.type`.
    case element(AttributePath, Filter)
}
