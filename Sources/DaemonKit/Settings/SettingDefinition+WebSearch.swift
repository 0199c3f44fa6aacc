extension SettingDefinition {
    /// Searching the web.
    public static let webSearch: [SettingDefinition] = [
        .init("ENABLE_WEB_SEARCH", "false", .boolean, "Chats may search the web", persistedAt: "rag.web.search.enable"),
        .init("WEB_SEARCH_ENGINE", "", .text, "What searches", persistedAt: "rag.web.search.engine"),
        .init(
            "WEB_SEARCH_RESULT_COUNT", "3", .integer(0...10_000), "Results of a search",
            persistedAt: "rag.web.search.result_count"),
        .init(
            "WEB_SEARCH_CONCURRENT_REQUESTS", "0", .integer(0...10_000), "Searches at a time (0: any number)",
            persistedAt: "rag.web.search.concurrent_requests"),
        .init(
            "WEB_SEARCH_DOMAIN_FILTER_LIST", "", .texts(","),
            "Domains that results may come from, or with ! before it not (empty: all)",
            persistedAt: "rag.web.search.domain.filter_list"),
        .init(
            "WEB_SEARCH_TRUST_ENV", "false", .boolean, "Proxies of the environment are used",
            persistedAt: "rag.web.search.trust_env"),
        .init(
            "BYPASS_WEB_SEARCH_EMBEDDING_AND_RETRIEVAL", "false", .boolean, "Pages go into chats whole",
            persistedAt: "rag.web.search.bypass_embedding_and_retrieval"),
        .init(
            "BYPASS_WEB_SEARCH_WEB_LOADER", "false", .boolean, "Pages are not loaded: what the search says is all",
            persistedAt: "rag.web.search.bypass_web_loader"),
        .init(
            "OLLAMA_CLOUD_WEB_SEARCH_API_KEY", "", .text, "Key for Ollama's search", isSecret: true,
            persistedAt: "rag.web.search.ollama_cloud_api_key", aliases: ["OLLAMA_CLOUD_API_KEY"]),
        .init("SEARXNG_QUERY_URL", "", .text, "Address of SearXNG", persistedAt: "rag.web.search.searxng_query_url"),
        .init(
            "SEARXNG_LANGUAGE", "all", .text, "Language of its results", persistedAt: "rag.web.search.searxng_language"),
        .init("YACY_QUERY_URL", "", .text, "Address of YaCy", persistedAt: "rag.web.search.yacy_query_url"),
        .init("YACY_USERNAME", "", .text, "Account there", persistedAt: "rag.web.search.yacy_username"),
        .init("YACY_PASSWORD", "", .text, "Its password", isSecret: true, persistedAt: "rag.web.search.yacy_password"),
        .init(
            "GOOGLE_PSE_API_KEY", "", .text, "Key for Google's Programmable Search Engine", isSecret: true,
            persistedAt: "rag.web.search.google_pse_api_key"),
        .init(
            "GOOGLE_PSE_ENGINE_ID", "", .text, "Which engine there", persistedAt: "rag.web.search.google_pse_engine_id"),
        .init(
            "BRAVE_SEARCH_API_KEY", "", .text, "Key for Brave", isSecret: true,
            persistedAt: "rag.web.search.brave_search_api_key"),
        .init(
            "KAGI_SEARCH_API_KEY", "", .text, "Key for Kagi", isSecret: true,
            persistedAt: "rag.web.search.kagi_search_api_key"),
        .init(
            "MOJEEK_SEARCH_API_KEY", "", .text, "Key for Mojeek", isSecret: true,
            persistedAt: "rag.web.search.mojeek_search_api_key"),
        .init(
            "BOCHA_SEARCH_API_KEY", "", .text, "Key for Bocha", isSecret: true,
            persistedAt: "rag.web.search.bocha_search_api_key"),
        .init(
            "SERPSTACK_API_KEY", "", .text, "Key for Serpstack", isSecret: true,
            persistedAt: "rag.web.search.serpstack_api_key"),
        .init(
            "SERPSTACK_HTTPS", "true", .boolean, "Serpstack is asked over https",
            persistedAt: "rag.web.search.serpstack_https"),
        .init(
            "SERPER_API_KEY", "", .text, "Key for Serper", isSecret: true, persistedAt: "rag.web.search.serper_api_key"),
        .init(
            "SERPLY_API_KEY", "", .text, "Key for Serply", isSecret: true, persistedAt: "rag.web.search.serply_api_key"),
        .init("DDGS_BACKEND", "auto", .text, "Engines that DDGS asks", persistedAt: "rag.web.search.ddgs_backend"),
        .init("JINA_API_KEY", "", .text, "Key for Jina", isSecret: true, persistedAt: "rag.web.search.jina_api_key"),
        .init(
            "JINA_API_BASE_URL", "", .text, "Address of Jina (empty: Jina's own)",
            persistedAt: "rag.web.search.jina_api_base_url"),
        .init(
            "SEARCHAPI_API_KEY", "", .text, "Key for SearchApi", isSecret: true,
            persistedAt: "rag.web.search.searchapi_api_key"),
        .init("SEARCHAPI_ENGINE", "", .text, "Which engine there", persistedAt: "rag.web.search.searchapi_engine"),
        .init(
            "SERPAPI_API_KEY", "", .text, "Key for SerpApi", isSecret: true,
            persistedAt: "rag.web.search.serpapi_api_key"),
        .init("SERPAPI_ENGINE", "", .text, "Which engine there", persistedAt: "rag.web.search.serpapi_engine"),
        .init(
            "BING_SEARCH_V7_ENDPOINT", "https://api.bing.microsoft.com/v7.0/search", .text, "Address of Bing",
            persistedAt: "rag.web.search.bing_search_v7_endpoint"),
        .init(
            "BING_SEARCH_V7_SUBSCRIPTION_KEY", "", .text, "Key for Bing", isSecret: true,
            persistedAt: "rag.web.search.bing_search_v7_subscription_key"),
        .init(
            "AZURE_AI_SEARCH_ENDPOINT", "", .text, "Address of Azure AI Search",
            persistedAt: "rag.web.search.azure_ai_search_endpoint"),
        .init(
            "AZURE_AI_SEARCH_API_KEY", "", .text, "Key for it", isSecret: true,
            persistedAt: "rag.web.search.azure_ai_search_api_key"),
        .init(
            "AZURE_AI_SEARCH_INDEX_NAME", "", .text, "Which index there",
            persistedAt: "rag.web.search.azure_ai_search_index_name"),
        .init("EXA_API_KEY", "", .text, "Key for Exa", isSecret: true, persistedAt: "rag.web.search.exa_api_key"),
        .init(
            "PERPLEXITY_API_KEY", "", .text, "Key for Perplexity", isSecret: true,
            persistedAt: "rag.web.search.perplexity_api_key"),
        .init("PERPLEXITY_MODEL", "sonar", .text, "Its model", persistedAt: "rag.web.search.perplexity_model"),
        .init(
            "PERPLEXITY_SEARCH_CONTEXT_USAGE", "medium", .text, "How much it reads: low, medium or high",
            persistedAt: "rag.web.search.perplexity_search_context_usage"),
        .init(
            "PERPLEXITY_SEARCH_API_URL", "https://api.perplexity.ai/search", .text, "Address of its search",
            persistedAt: "rag.web.search.perplexity_search_api_url"),
        .init(
            "SOUGOU_API_SID", "", .text, "Secret id for Sougou", isSecret: true,
            persistedAt: "rag.web.search.sougou_api_sid"),
        .init(
            "SOUGOU_API_SK", "", .text, "Secret key for Sougou", isSecret: true,
            persistedAt: "rag.web.search.sougou_api_sk"),
        .init(
            "TAVILY_API_KEY", "", .text, "Key for Tavily", isSecret: true, persistedAt: "rag.web.search.tavily_api_key"),
        .init(
            "TAVILY_EXTRACT_DEPTH", "basic", .text, "How thoroughly it reads: basic or advanced",
            persistedAt: "rag.web.search.tavily_extract_depth"),
        .init(
            "EXTERNAL_WEB_SEARCH_URL", "", .text, "Address of another search",
            persistedAt: "rag.web.search.external_web_search_url"),
        .init(
            "EXTERNAL_WEB_SEARCH_API_KEY", "", .text, "Key for it", isSecret: true,
            persistedAt: "rag.web.search.external_web_search_api_key"),
        .init(
            "YANDEX_WEB_SEARCH_URL", "", .text, "Address of Yandex' search (empty: Yandex' own)",
            persistedAt: "rag.web.search.yandex_web_search_url"),
        .init(
            "YANDEX_WEB_SEARCH_API_KEY", "", .text, "Key for Yandex", isSecret: true,
            persistedAt: "rag.web.search.yandex_web_search_api_key"),
        .init(
            "YANDEX_WEB_SEARCH_CONFIG", "", .text, "More for Yandex, as JSON",
            persistedAt: "rag.web.search.yandex_web_search_config"),
    ]
}
