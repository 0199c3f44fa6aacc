extension SettingDefinition {
    /// Loading pages of the web.
    public static let webLoader: [SettingDefinition] = [
        .init(
            "WEB_LOADER_ENGINE", "", .text,
            "What loads pages: safe_web, playwright, firecrawl, tavily or external (empty: safe_web)",
            persistedAt: "rag.web.loader.engine"),
        .init(
            "WEB_LOADER_CONCURRENT_REQUESTS", "10", .integer(0...10_000), "Pages at a time",
            persistedAt: "rag.web.loader.concurrent_requests"),
        .init(
            "WEB_LOADER_TIMEOUT", "", .text, "Seconds that a page has (empty: any time)",
            persistedAt: "rag.web.loader.timeout"),
        .init(
            "ENABLE_WEB_LOADER_SSL_VERIFICATION", "true", .boolean, "Servers' certificates must be good",
            persistedAt: "rag.web.loader.ssl_verification"),
        .init(
            "PLAYWRIGHT_WS_URL", "", .text, "Address of Playwright", isSecret: true,
            persistedAt: "rag.web.loader.playwright_ws_url"),
        .init(
            "PLAYWRIGHT_TIMEOUT", "10000", .integer(0...86_400_000), "Milliseconds that Playwright has",
            persistedAt: "rag.web.loader.playwright_timeout"),
        .init(
            "FIRECRAWL_API_KEY", "", .text, "Key for Firecrawl", isSecret: true,
            persistedAt: "rag.web.loader.firecrawl_api_key"),
        .init(
            "FIRECRAWL_API_BASE_URL", "https://api.firecrawl.dev", .text, "Address of Firecrawl",
            persistedAt: "rag.web.loader.firecrawl_api_url"),
        .init(
            "FIRECRAWL_TIMEOUT", "", .text, "Milliseconds that Firecrawl has (empty: its own limit)",
            persistedAt: "rag.web.loader.firecrawl_timeout"),
        .init(
            "EXTERNAL_WEB_LOADER_URL", "", .text, "Address of another loader",
            persistedAt: "rag.web.loader.external_web_loader_url"),
        .init(
            "EXTERNAL_WEB_LOADER_API_KEY", "", .text, "Key for it", isSecret: true,
            persistedAt: "rag.web.loader.external_web_loader_api_key"),
        .init(
            "YOUTUBE_LOADER_LANGUAGE", "en", .texts(","), "Languages of subtitles, the best first, separated by commas",
            persistedAt: "rag.youtube_loader_language"),
        .init(
            "YOUTUBE_LOADER_PROXY_URL", "", .text, "Proxy for YouTube", isSecret: true,
            persistedAt: "rag.youtube_loader_proxy_url"),
    ]
}
