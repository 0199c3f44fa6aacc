extension PermissionTree {
    /// What an account has without any group, before an administrator changes it.
    public static let defaults = PermissionTree([
        "workspace": section([
            ("models knowledge prompts tools skills models_import models_export", false),
            ("prompts_import prompts_export tools_import tools_export", false),
        ]),
        "sharing": section([
            ("models public_models knowledge public_knowledge prompts public_prompts", false),
            ("tools public_tools skills public_skills notes public_notes", false),
        ]),
        "chat": section([
            ("controls valves system_prompt params file_upload delete delete_message continue_response", true),
            ("regenerate_response rate_response edit share export stt tts call multiple_models temporary", true),
            ("temporary_enforced", false),
        ]),
        "features": section([
            ("api_keys notes folders channels web_search image_generation code_interpreter memories", true),
            ("direct_tool_servers", false),
        ]),
        "settings": section([("interface", true)]),
    ])

    private static func section(_ groups: [(names: String, on: Bool)]) -> Node {
        var children: [String: Node] = [:]
        for group in groups {
            for name in group.names.split(separator: " ") { children[String(name)] = .flag(group.on) }
        }
        return .section(children)
    }
}
