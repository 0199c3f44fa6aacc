import HTTPFront

/// API.md, "Ollama", and the relatives that the frontend calls.
struct OllamaRoutes: Sendable {
    let services: OllamaServices

    var routes: [APIRoute] {
        OllamaSettingsRoutes(services: services).routes + OllamaFleetRoutes(services: services).routes
            + OllamaGenerationRoutes(services: services).routes + OllamaManagementRoutes(services: services).routes
            + ModelFileRoutes(services: services).routes
    }
}
