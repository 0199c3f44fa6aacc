import Contracts
import HTTPFront
import Identity
import NIOHTTP1
import Storage

/// API.md, "Models".
struct ModelsRoutes: Sendable {
    let access: ModelAccess

    var routes: [APIRoute] { [] }
}
