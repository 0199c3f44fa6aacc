extension SettingDefinition {
    private static let suggestions = [
        ("Plan a week", "of simple dinners", "Plan five simple dinners for a week, with one list of what to buy."),
        ("Explain a term", "in two ways", "Explain what an eigenvalue is: first to a pupil, then to an engineer."),
        ("Improve a text", "without changing its sense", "Make the text that I paste next shorter and clearer."),
        ("Find the fault", "in a command", "Why does this shell command not do what I expect? I paste it next."),
    ].map { "{\"content\":\"\($0.2)\",\"title\":[\"\($0.0)\",\"\($0.1)\"]}" }.joined(separator: ",").bracketed

    /// What administrators set in the web frontend and the frontend goes by.
    static let interface: [SettingDefinition] = [
        .init("WEBUI_NAME", "Open WebUI", .text, "Name of the instance", effect: .live),
        .init("WEBUI_URL", "", .text, "Address under which browsers know the server", persistedAt: "webui.url"),
        .init(
            "WEBHOOK_URL", "", .text, "Address that is told of new accounts", persistedAt: "webhook_url"),
        .init("DEFAULT_LOCALE", "", .text, "Language of those who chose none", persistedAt: "ui.default_locale"),
        .init("SHOW_ADMIN_DETAILS", "true", .boolean, "The pending see whom to ask", persistedAt: "auth.admin.show"),
        .init(
            "ADMIN_EMAIL", "", .nullableText, "Whom they ask (empty: the first administrator)",
            persistedAt: "auth.admin.email"),
        .init("DEFAULT_MODELS", "", .nullableText, "Models of a new chat", persistedAt: "ui.default_models"),
        .init(
            "DEFAULT_PINNED_MODELS", "", .nullableText, "Models pinned for everybody",
            persistedAt: "ui.default_pinned_models"),
        .init("MODEL_ORDER_LIST", "[]", .list, "Order of the models, as JSON", persistedAt: "ui.model_order_list"),
        .init(
            "DEFAULT_PROMPT_SUGGESTIONS", suggestions, .list, "Prompts offered in a new chat, as JSON",
            persistedAt: "ui.prompt_suggestions"),
        .init("WEBUI_BANNERS", "[]", .list, "Banners above the chats, as JSON", persistedAt: "ui.banners"),
        .init(
            "PENDING_USER_OVERLAY_TITLE", "", .text, "Title of what the pending see",
            persistedAt: "ui.pending_user_overlay_title"),
        .init(
            "PENDING_USER_OVERLAY_CONTENT", "", .text, "Text of what the pending see",
            persistedAt: "ui.pending_user_overlay_content"),
        .init("RESPONSE_WATERMARK", "", .text, "Text added to copied answers", persistedAt: "ui.watermark"),
        .init(
            "ENABLE_COMMUNITY_SHARING", "true", .boolean, "Chats may be shared with the Open WebUI community",
            persistedAt: "ui.enable_community_sharing"),
        .init(
            "ENABLE_MESSAGE_RATING", "true", .boolean, "Answers may be rated", persistedAt: "ui.enable_message_rating"),
        .init(
            "ENABLE_USER_WEBHOOKS", "true", .boolean, "Users may have webhooks", persistedAt: "ui.enable_user_webhooks"),
        .init("ENABLE_USER_STATUS", "true", .boolean, "Users may show a status", persistedAt: "users.enable_status"),
        .init("ENABLE_FOLDERS", "true", .boolean, "Chats may lie in folders", persistedAt: "folders.enable"),
        .init(
            "FOLDER_MAX_FILE_COUNT", "", .text, "Files of a folder (empty: any number)",
            persistedAt: "folders.max_file_count"),
        .init("ENABLE_CHANNELS", "true", .boolean, "Channels are there", persistedAt: "channels.enable"),
        .init("ENABLE_MEMORIES", "true", .boolean, "Users may keep memories", persistedAt: "memories.enable"),
        .init("ENABLE_NOTES", "true", .boolean, "Notes are there", persistedAt: "notes.enable"),
        .init(
            "ENABLE_DIRECT_CONNECTIONS", "false", .boolean, "Users may connect the frontend to servers of their own",
            persistedAt: "direct.enable"),
        .init(
            "ENABLE_BASE_MODELS_CACHE", "false", .boolean, "The list of models is kept until it is asked for anew",
            persistedAt: "models.base_models_cache"),
        .init(
            "TOOL_SERVER_CONNECTIONS", "[]", .list, "Servers of tools, as JSON", isSecret: true,
            persistedAt: "tool_server.connections"),
        .init("ENABLE_ADMIN_EXPORT", "true", .boolean, "Administrators may export everybody's chats"),
        .init("ENABLE_ADMIN_CHAT_ACCESS", "true", .boolean, "Administrators may read everybody's chats"),
        .init(
            "ENABLE_PUBLIC_ACTIVE_USERS_COUNT", "true", .boolean, "Everybody sees how many are there",
            effect: .live),
        .init("ENABLE_EASTER_EGGS", "true", .boolean, "The frontend's jokes"),
    ]
}

extension String {
    fileprivate var bracketed: String { "[\(self)]" }
}
