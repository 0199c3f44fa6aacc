/// Somebody whom another system has proved to be who they are: a directory, a proxy, an OAuth provider.
public struct ExternalIdentity: Sendable {
    /// An account at an OAuth provider: `subject` never changes, where an e-mail may.
    public struct ProviderAccount: Sendable, Equatable {
        public var provider: String
        public var subject: String
        /// The provider writes the subject as a number.
        public var isNumber: Bool

        public init(provider: String, subject: String, isNumber: Bool = false) {
            self.provider = provider
            self.subject = subject
            self.isNumber = isNumber
        }
    }

    public var email: String
    /// For a new account.
    public var name: String
    /// nil: a directory or a proxy; the account is found by its e-mail alone.
    public var providerAccount: ProviderAccount?
    /// An account with the same e-mail is this person's, though it does not know `providerAccount` yet.
    public var mayMergeByEmail = true
    /// The e-mail is certainly this person's: an account that was provisioned with it may be used without a merge.
    public var isEmailVerified = true
    /// Who is not known gets an account.
    public var mayCreate = true
    /// The role that the other system decides at each sign-in; nil: it decides none.
    public var role: Role?
    /// The groups that the other system decides; nil: it decides none. Administrators' groups stay as they are.
    public var groups: GroupDecision?
    /// An image for a new account, and for an old one if `replacesImage`; nil: none.
    public var profileImageURL: String?
    public var replacesImage = false

    public init(email: String, name: String) {
        self.email = email.lowercased()
        self.name = name
    }

    /// Membership by names of groups: exactly these, apart from groups that are not managed.
    public struct GroupDecision: Sendable {
        public var names: [String]
        /// Groups that are not there are made.
        public var creates = false
        /// Whether membership of a group of this name is decided here at all.
        public var manages: @Sendable (_ name: String) -> Bool = { _ in true }

        public init(names: [String]) { self.names = names }
    }
}
