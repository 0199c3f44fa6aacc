extension SettingDefinition {
    /// Making and changing images.
    public static let images: [SettingDefinition] = [
        .init(
            "ENABLE_IMAGE_GENERATION", "false", .boolean, "Images may be made", persistedAt: "image_generation.enable"),
        .init(
            "IMAGE_GENERATION_ENGINE", "openai", .text, "What makes them: openai, automatic1111, comfyui or gemini",
            persistedAt: "image_generation.engine"),
        .init("IMAGE_GENERATION_MODEL", "", .text, "Its model", persistedAt: "image_generation.model"),
        .init("IMAGE_SIZE", "512x512", .text, "Size, as 512x512, or auto", persistedAt: "image_generation.size"),
        .init(
            "IMAGE_STEPS", "50", .integer(0...100_000), "Steps of automatic1111 and comfyui",
            persistedAt: "image_generation.steps"),
        .init(
            "ENABLE_IMAGE_PROMPT_GENERATION", "true", .boolean, "A model words what an image shows",
            persistedAt: "image_generation.prompt.enable"),
        .init(
            "AUTOMATIC1111_BASE_URL", "", .text, "Address of AUTOMATIC1111",
            persistedAt: "image_generation.automatic1111.base_url"),
        .init(
            "AUTOMATIC1111_API_AUTH", "", .text, "Sign-in there, as user:password", isSecret: true,
            persistedAt: "image_generation.automatic1111.api_auth"),
        .init(
            "AUTOMATIC1111_PARAMS", "", .object, "Parameters for it, as JSON",
            persistedAt: "image_generation.automatic1111.api_params"),
        .init("COMFYUI_BASE_URL", "", .text, "Address of ComfyUI", persistedAt: "image_generation.comfyui.base_url"),
        .init(
            "COMFYUI_API_KEY", "", .text, "Key for ComfyUI", isSecret: true,
            persistedAt: "image_generation.comfyui.api_key"),
        .init(
            "COMFYUI_WORKFLOW", "", .verbatim, "Its workflow, as JSON (empty: the default)",
            persistedAt: "image_generation.comfyui.workflow"),
        .init(
            "COMFYUI_WORKFLOW_NODES", "[]", .list, "Which of its nodes take what, as JSON",
            persistedAt: "image_generation.comfyui.nodes"),
        .init(
            "IMAGES_OPENAI_API_BASE_URL", "https://api.openai.com/v1", .text, "Address of the openai engine",
            persistedAt: "image_generation.openai.api_base_url"),
        .init(
            "IMAGES_OPENAI_API_VERSION", "", .text, "Version of its API",
            persistedAt: "image_generation.openai.api_version"),
        .init(
            "IMAGES_OPENAI_API_KEY", "", .text, "Key for it", isSecret: true,
            persistedAt: "image_generation.openai.api_key"),
        .init(
            "IMAGES_OPENAI_API_PARAMS", "", .object, "Parameters for it, as JSON",
            persistedAt: "image_generation.openai.params"),
        .init(
            "IMAGES_GEMINI_API_BASE_URL", "", .text, "Address of Gemini",
            persistedAt: "image_generation.gemini.api_base_url"),
        .init(
            "IMAGES_GEMINI_API_KEY", "", .text, "Key for Gemini", isSecret: true,
            persistedAt: "image_generation.gemini.api_key"),
        .init(
            "IMAGES_GEMINI_ENDPOINT_METHOD", "", .text,
            "How Gemini is asked: predict or generateContent (empty: by the model)",
            persistedAt: "image_generation.gemini.endpoint_method"),
        .init("ENABLE_IMAGE_EDIT", "false", .boolean, "Images may be changed", persistedAt: "images.edit.enable"),
        .init(
            "IMAGE_EDIT_ENGINE", "openai", .text, "What changes them: openai, comfyui or gemini",
            persistedAt: "images.edit.engine"),
        .init("IMAGE_EDIT_MODEL", "", .text, "Its model", persistedAt: "images.edit.model"),
        .init("IMAGE_EDIT_SIZE", "", .text, "Size of the changed image, as 512x512", persistedAt: "images.edit.size"),
        .init(
            "IMAGES_EDIT_OPENAI_API_BASE_URL", "https://api.openai.com/v1", .text, "Address of the openai engine",
            persistedAt: "images.edit.openai.api_base_url"),
        .init(
            "IMAGES_EDIT_OPENAI_API_VERSION", "", .text, "Version of its API",
            persistedAt: "images.edit.openai.api_version"),
        .init(
            "IMAGES_EDIT_OPENAI_API_KEY", "", .text, "Key for it", isSecret: true,
            persistedAt: "images.edit.openai.api_key"),
        .init(
            "IMAGES_EDIT_GEMINI_API_BASE_URL", "", .text, "Address of Gemini",
            persistedAt: "images.edit.gemini.api_base_url"),
        .init(
            "IMAGES_EDIT_GEMINI_API_KEY", "", .text, "Key for Gemini", isSecret: true,
            persistedAt: "images.edit.gemini.api_key"),
        .init(
            "IMAGES_EDIT_COMFYUI_BASE_URL", "", .text, "Address of ComfyUI", persistedAt: "images.edit.comfyui.base_url"
        ),
        .init(
            "IMAGES_EDIT_COMFYUI_API_KEY", "", .text, "Key for ComfyUI", isSecret: true,
            persistedAt: "images.edit.comfyui.api_key"),
        .init(
            "IMAGES_EDIT_COMFYUI_WORKFLOW", "", .verbatim, "Its workflow, as JSON",
            persistedAt: "images.edit.comfyui.workflow"),
        .init(
            "IMAGES_EDIT_COMFYUI_WORKFLOW_NODES", "[]", .list, "Which of its nodes take what, as JSON",
            persistedAt: "images.edit.comfyui.nodes"),
    ]
}
