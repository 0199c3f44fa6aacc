extension SettingDefinition {
    /// How passages of documents are found.
    public static let retrieval: [SettingDefinition] = [
        .init(
            "BYPASS_EMBEDDING_AND_RETRIEVAL", "false", .boolean, "Documents go into chats whole, without a search",
            persistedAt: "rag.bypass_embedding_and_retrieval"),
        .init(
            "RAG_FULL_CONTEXT", "false", .boolean, "Documents that were found go into chats whole",
            persistedAt: "rag.full_context"),
        .init("RAG_TOP_K", "3", .integer(0...100_000), "Passages that are found", persistedAt: "rag.top_k"),
        .init(
            "RAG_TOP_K_RERANKER", "3", .integer(0...100_000), "Passages that are left after ranking",
            persistedAt: "rag.top_k_reranker"),
        .init(
            "RAG_RELEVANCE_THRESHOLD", "0.0", .number(0...1), "Relevance that a passage must have, 0 to 1",
            persistedAt: "rag.relevance_threshold"),
        .init(
            "ENABLE_RAG_HYBRID_SEARCH", "false", .boolean, "Passages are found by words too",
            persistedAt: "rag.enable_hybrid_search"),
        .init(
            "RAG_HYBRID_BM25_WEIGHT", "0.5", .number(0...1), "Weight of the words, 0 to 1",
            persistedAt: "rag.hybrid_bm25_weight"),
        .init(
            "ENABLE_RAG_HYBRID_SEARCH_ENRICHED_TEXTS", "false", .boolean, "Words of titles and file names count",
            persistedAt: "rag.enable_hybrid_search_enriched_texts"),
        .init(
            "RAG_TEMPLATE", "", .verbatim, "What models are told of passages (empty: the default)",
            persistedAt: "rag.template"),
        .init(
            "RAG_EMBEDDING_ENGINE", "", .text,
            "What makes vectors: ollama, openai or azure_openai (empty: the server itself)",
            persistedAt: "rag.embedding_engine"),
        .init(
            "RAG_EMBEDDING_MODEL", "sentence-transformers/all-MiniLM-L6-v2", .text, "Its model",
            persistedAt: "rag.embedding_model"),
        .init(
            "RAG_EMBEDDING_BATCH_SIZE", "1", .integer(1...100_000), "Texts in one request for vectors",
            persistedAt: "rag.embedding_batch_size", aliases: ["RAG_EMBEDDING_OPENAI_BATCH_SIZE"]),
        .init(
            "ENABLE_ASYNC_EMBEDDING", "true", .boolean, "Several such requests at a time",
            persistedAt: "rag.enable_async_embedding"),
        .init(
            "RAG_OPENAI_API_BASE_URL", "https://api.openai.com/v1", .text, "Address of the openai engine",
            persistedAt: "rag.openai_api_base_url"),
        .init("RAG_OPENAI_API_KEY", "", .text, "Key for it", isSecret: true, persistedAt: "rag.openai_api_key"),
        .init(
            "RAG_AZURE_OPENAI_BASE_URL", "", .text, "Address of the azure_openai engine",
            persistedAt: "rag.azure_openai.base_url"),
        .init(
            "RAG_AZURE_OPENAI_API_KEY", "", .text, "Key for it", isSecret: true, persistedAt: "rag.azure_openai.api_key"
        ),
        .init(
            "RAG_AZURE_OPENAI_API_VERSION", "", .text, "Version of its API", persistedAt: "rag.azure_openai.api_version"
        ),
        .init(
            "RAG_OLLAMA_BASE_URL", "http://localhost:11434", .text, "Address of the ollama engine",
            persistedAt: "rag.ollama.url"),
        .init("RAG_OLLAMA_API_KEY", "", .text, "Key for it", isSecret: true, persistedAt: "rag.ollama.key"),
        .init(
            "RAG_RERANKING_ENGINE", "", .text, "What ranks passages: external (empty: the server itself)",
            persistedAt: "rag.reranking_engine"),
        .init("RAG_RERANKING_MODEL", "", .text, "Its model (empty: no ranking)", persistedAt: "rag.reranking_model"),
        .init(
            "RAG_EXTERNAL_RERANKER_URL", "", .text, "Address of the external engine",
            persistedAt: "rag.external_reranker_url"),
        .init(
            "RAG_EXTERNAL_RERANKER_API_KEY", "", .text, "Key for it", isSecret: true,
            persistedAt: "rag.external_reranker_api_key"),
        .init(
            "RAG_EXTERNAL_RERANKER_TIMEOUT", "", .text, "Seconds that it has (empty: any time)",
            persistedAt: "rag.external_reranker_timeout"),
        .init(
            "RAG_TEXT_SPLITTER", "", .text, "Passages are measured in: character or token (empty: characters)",
            persistedAt: "rag.text_splitter"),
        .init(
            "ENABLE_MARKDOWN_HEADER_TEXT_SPLITTER", "true", .boolean, "Passages end at Markdown headings",
            persistedAt: "rag.enable_markdown_header_text_splitter"),
        .init(
            "TIKTOKEN_ENCODING_NAME", "cl100k_base", .text, "Encoding that tokens are counted in",
            persistedAt: "rag.tiktoken_encoding_name"),
        .init("CHUNK_SIZE", "1000", .integer(0...10_000_000), "Length of a passage", persistedAt: "rag.chunk_size"),
        .init(
            "CHUNK_MIN_SIZE_TARGET", "0", .integer(0...10_000_000),
            "Length below which passages are joined (0: none are)", persistedAt: "rag.chunk_min_size_target"),
        .init(
            "CHUNK_OVERLAP", "100", .integer(0...10_000_000), "Length that neighbours have in common",
            persistedAt: "rag.chunk_overlap"),
    ]
}
