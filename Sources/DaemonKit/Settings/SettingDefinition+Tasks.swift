extension SettingDefinition {
    /// What models do beside the chat: titles, tags, queries and the like.
    public static let tasks: [SettingDefinition] = [
        .init(
            "TASK_MODEL", "", .text, "Model for these tasks where the chat's is an Ollama server's (empty: the chat's)",
            persistedAt: "task.model.default"),
        .init(
            "TASK_MODEL_EXTERNAL", "", .text, "The same where the chat's model is elsewhere",
            persistedAt: "task.model.external"),
        .init("ENABLE_TITLE_GENERATION", "true", .boolean, "Chats get titles", persistedAt: "task.title.enable"),
        .init(
            "TITLE_GENERATION_PROMPT_TEMPLATE", "", .verbatim, "What asks for a title (empty: the default)",
            persistedAt: "task.title.prompt_template"),
        .init("ENABLE_TAGS_GENERATION", "true", .boolean, "Chats get tags", persistedAt: "task.tags.enable"),
        .init(
            "TAGS_GENERATION_PROMPT_TEMPLATE", "", .verbatim, "What asks for tags (empty: the default)",
            persistedAt: "task.tags.prompt_template"),
        .init(
            "ENABLE_FOLLOW_UP_GENERATION", "true", .boolean, "Answers come with questions that may follow",
            persistedAt: "task.follow_up.enable"),
        .init(
            "FOLLOW_UP_GENERATION_PROMPT_TEMPLATE", "", .verbatim, "What asks for them (empty: the default)",
            persistedAt: "task.follow_up.prompt_template"),
        .init(
            "ENABLE_SEARCH_QUERY_GENERATION", "true", .boolean, "Queries for the web are made by a model",
            persistedAt: "task.query.search.enable"),
        .init(
            "ENABLE_RETRIEVAL_QUERY_GENERATION", "true", .boolean, "Queries for documents are made by a model",
            persistedAt: "task.query.retrieval.enable"),
        .init(
            "QUERY_GENERATION_PROMPT_TEMPLATE", "", .verbatim, "What asks for queries (empty: the default)",
            persistedAt: "task.query.prompt_template"),
        .init(
            "ENABLE_AUTOCOMPLETE_GENERATION", "false", .boolean, "What is typed is completed",
            persistedAt: "task.autocomplete.enable"),
        .init(
            "AUTOCOMPLETE_GENERATION_INPUT_MAX_LENGTH", "-1", .integer(-1...1_000_000),
            "Characters of it at most (-1: any number)", persistedAt: "task.autocomplete.input_max_length"),
        .init(
            "AUTOCOMPLETE_GENERATION_PROMPT_TEMPLATE", "", .verbatim,
            "What asks for the completion (empty: the default)",
            persistedAt: "task.autocomplete.prompt_template"),
        .init(
            "IMAGE_PROMPT_GENERATION_PROMPT_TEMPLATE", "", .verbatim,
            "What asks for the text of an image (empty: the default)", persistedAt: "task.image.prompt_template"),
        .init(
            "TOOLS_FUNCTION_CALLING_PROMPT_TEMPLATE", "", .verbatim,
            "What asks which tools to call (empty: the default)",
            persistedAt: "task.tools.prompt_template"),
        .init(
            "VOICE_MODE_PROMPT_TEMPLATE", "", .verbatim, "What models are told in a call (empty: the default)",
            persistedAt: "task.voice.prompt_template"),
    ]
}
