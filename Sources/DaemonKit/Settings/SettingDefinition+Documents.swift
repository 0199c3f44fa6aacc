extension SettingDefinition {
    /// How text is read from documents.
    public static let documents: [SettingDefinition] = [
        .init(
            "CONTENT_EXTRACTION_ENGINE", "", .text,
            "What reads text from documents: tika, docling and others (empty: the default)",
            persistedAt: "rag.CONTENT_EXTRACTION_ENGINE"),
        .init(
            "PDF_EXTRACT_IMAGES", "false", .boolean, "Text in images of PDF files is read",
            persistedAt: "rag.pdf_extract_images"),
        .init(
            "PDF_LOADER_MODE", "page", .text, "A PDF file is read by page or single, as a whole",
            persistedAt: "rag.pdf_loader_mode"),
        .init(
            "EXTERNAL_DOCUMENT_LOADER_URL", "", .text, "Address of another reader",
            persistedAt: "rag.external_document_loader_url"),
        .init(
            "EXTERNAL_DOCUMENT_LOADER_API_KEY", "", .text, "Key for it", isSecret: true,
            persistedAt: "rag.external_document_loader_api_key"),
        .init("TIKA_SERVER_URL", "http://tika:9998", .text, "Address of Tika", persistedAt: "rag.tika_server_url"),
        .init(
            "DOCLING_SERVER_URL", "http://docling:5001", .text, "Address of Docling",
            persistedAt: "rag.docling_server_url"),
        .init("DOCLING_API_KEY", "", .text, "Key for Docling", isSecret: true, persistedAt: "rag.docling_api_key"),
        .init("DOCLING_PARAMS", "", .object, "Parameters for Docling, as JSON", persistedAt: "rag.docling_params"),
        .init(
            "DOCUMENT_INTELLIGENCE_ENDPOINT", "", .text, "Address of Azure's Document Intelligence",
            persistedAt: "rag.document_intelligence_endpoint"),
        .init(
            "DOCUMENT_INTELLIGENCE_KEY", "", .text, "Key for it", isSecret: true,
            persistedAt: "rag.document_intelligence_key"),
        .init(
            "DOCUMENT_INTELLIGENCE_MODEL", "prebuilt-layout", .text, "Its model",
            persistedAt: "rag.document_intelligence_model"),
        .init(
            "MISTRAL_OCR_API_BASE_URL", "https://api.mistral.ai/v1", .text, "Address of Mistral OCR",
            persistedAt: "rag.MISTRAL_OCR_API_BASE_URL"),
        .init(
            "MISTRAL_OCR_API_KEY", "", .text, "Key for Mistral OCR", isSecret: true,
            persistedAt: "rag.mistral_ocr_api_key"),
        .init(
            "DATALAB_MARKER_API_KEY", "", .text, "Key for Datalab Marker", isSecret: true,
            persistedAt: "rag.datalab_marker_api_key"),
        .init(
            "DATALAB_MARKER_API_BASE_URL", "", .text, "Address of Datalab Marker (empty: Datalab's own)",
            persistedAt: "rag.datalab_marker_api_base_url"),
        .init(
            "DATALAB_MARKER_ADDITIONAL_CONFIG", "", .text, "More for Datalab Marker, as JSON",
            persistedAt: "rag.datalab_marker_additional_config"),
        .init(
            "DATALAB_MARKER_USE_LLM", "false", .boolean, "Marker asks a model",
            persistedAt: "rag.DATALAB_MARKER_USE_LLM"),
        .init(
            "DATALAB_MARKER_SKIP_CACHE", "false", .boolean, "Marker reads anew what it knows",
            persistedAt: "rag.datalab_marker_skip_cache"),
        .init(
            "DATALAB_MARKER_FORCE_OCR", "false", .boolean, "Marker reads pages as images",
            persistedAt: "rag.datalab_marker_force_ocr"),
        .init(
            "DATALAB_MARKER_PAGINATE", "false", .boolean, "Marker says where pages end",
            persistedAt: "rag.datalab_marker_paginate"),
        .init(
            "DATALAB_MARKER_STRIP_EXISTING_OCR", "false", .boolean, "Marker leaves out text that came from images",
            persistedAt: "rag.datalab_marker_strip_existing_ocr"),
        .init(
            "DATALAB_MARKER_DISABLE_IMAGE_EXTRACTION", "false", .boolean, "Marker leaves out images",
            persistedAt: "rag.datalab_marker_disable_image_extraction"),
        .init(
            "DATALAB_MARKER_FORMAT_LINES", "false", .boolean, "Marker formats lines",
            persistedAt: "rag.datalab_marker_format_lines"),
        .init(
            "DATALAB_MARKER_OUTPUT_FORMAT", "markdown", .text, "What Marker gives: markdown, json or html",
            persistedAt: "rag.datalab_marker_output_format"),
        .init("MINERU_API_MODE", "local", .text, "MinerU is local or cloud", persistedAt: "rag.mineru_api_mode"),
        .init("MINERU_API_URL", "http://localhost:8000", .text, "Address of MinerU", persistedAt: "rag.mineru_api_url"),
        .init("MINERU_API_TIMEOUT", "300", .text, "Seconds that MinerU has", persistedAt: "rag.mineru_api_timeout"),
        .init("MINERU_API_KEY", "", .text, "Key for MinerU", isSecret: true, persistedAt: "rag.mineru_api_key"),
        .init("MINERU_PARAMS", "", .object, "Parameters for MinerU, as JSON", persistedAt: "rag.mineru_params"),
        .init(
            "RAG_FILE_MAX_COUNT", "", .optionalInteger(0...1_000_000), "Files at a time (empty: any number)",
            persistedAt: "rag.file.max_count"),
        .init(
            "RAG_FILE_MAX_SIZE", "", .optionalInteger(0...1_000_000), "MiB of a file (empty: any size)",
            persistedAt: "rag.file.max_size"),
        .init(
            "RAG_ALLOWED_FILE_EXTENSIONS", "", .texts(","),
            "Endings of files that may come, separated by commas (empty: all)",
            persistedAt: "rag.file.allowed_extensions"),
        .init(
            "FILE_IMAGE_COMPRESSION_WIDTH", "", .optionalInteger(0...100_000),
            "Width that images are made smaller to (empty: none)", persistedAt: "file.image_compression_width"),
        .init(
            "FILE_IMAGE_COMPRESSION_HEIGHT", "", .optionalInteger(0...100_000),
            "Height that images are made smaller to (empty: none)", persistedAt: "file.image_compression_height"),
    ]
}
