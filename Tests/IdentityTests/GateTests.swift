import Testing

@testable import Identity

@Suite("The gate by role")
struct GateTests {
    @Test("every access for a guest and every role")
    func table() {
        let prohibited = APIError.accessProhibited
        let expected: [(Access, guest: APIError?, pending: APIError?, user: APIError?, admin: APIError?)] = [
            (.anyone, nil, nil, nil, nil),
            (.authenticated, .notAuthenticated, nil, nil, nil),
            (.verified, .notAuthenticated, prohibited, nil, nil),
            (.admin, .notAuthenticated, prohibited, prohibited, nil),
            (.provisioning, .notAuthenticated, prohibited, prohibited, nil),
        ]
        #expect(expected.map(\.0) == Access.allCases)
        for (access, guest, pending, user, admin) in expected {
            #expect(Gate.decide(access, nil) == guest)
            #expect(Gate.decide(access, principal(.pending)) == pending)
            #expect(Gate.decide(access, principal(.user)) == user)
            #expect(Gate.decide(access, principal(.admin)) == admin)
        }
    }

    @Test("a guest is 401, a wrong role 403, with Open WebUI's texts")
    func texts() {
        #expect(APIError.notAuthenticated == APIError(status: 401, detail: "Not authenticated"))
        #expect(
            APIError.accessProhibited
                == APIError(
                    status: 403,
                    detail:
                        "You do not have permission to access this resource. Please contact your administrator for assistance."
                ))
    }

    @Test("a role that is none of the three counts as pending", arguments: ["", "Admin", "ADMIN", "root", "user "])
    func unknownRole(text: String) {
        #expect(Role(stored: text) == .pending)
    }

    private func principal(_ role: Role) -> Principal {
        Principal(userID: "u", email: "u@lab.test", name: "U", role: role, credential: .apiKey)
    }
}
