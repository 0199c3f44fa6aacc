extension SettingDefinition {
    /// Speech to text, and text to speech.
    public static let audio: [SettingDefinition] = [
        .init(
            "AUDIO_STT_ENGINE", "", .text,
            "What writes down speech: openai, deepgram, azure, mistral or web (empty: Whisper, on the server itself)",
            persistedAt: "audio.stt.engine"),
        .init("AUDIO_STT_MODEL", "", .text, "Its model", persistedAt: "audio.stt.model"),
        .init(
            "AUDIO_STT_SUPPORTED_CONTENT_TYPES", "", .texts(","),
            "Types of files that are speech, separated by commas (empty: the default)",
            persistedAt: "audio.stt.supported_content_types"),
        .init("WHISPER_MODEL", "base", .text, "Model of Whisper", persistedAt: "audio.stt.whisper_model"),
        .init(
            "AUDIO_STT_OPENAI_API_BASE_URL", "https://api.openai.com/v1", .text, "Address of the openai engine",
            persistedAt: "audio.stt.openai.api_base_url"),
        .init(
            "AUDIO_STT_OPENAI_API_KEY", "", .text, "Key for it", isSecret: true, persistedAt: "audio.stt.openai.api_key"
        ),
        .init(
            "DEEPGRAM_API_KEY", "", .text, "Key for Deepgram", isSecret: true, persistedAt: "audio.stt.deepgram.api_key"
        ),
        .init(
            "AUDIO_STT_AZURE_API_KEY", "", .text, "Key for Azure", isSecret: true,
            persistedAt: "audio.stt.azure.api_key"),
        .init("AUDIO_STT_AZURE_REGION", "", .text, "Region of Azure", persistedAt: "audio.stt.azure.region"),
        .init(
            "AUDIO_STT_AZURE_LOCALES", "", .text, "Languages that Azure listens for, separated by commas",
            persistedAt: "audio.stt.azure.locales"),
        .init(
            "AUDIO_STT_AZURE_BASE_URL", "", .text, "Address of Azure (empty: the region's)",
            persistedAt: "audio.stt.azure.base_url"),
        .init(
            "AUDIO_STT_AZURE_MAX_SPEAKERS", "", .text, "How many people speak, at most",
            persistedAt: "audio.stt.azure.max_speakers"),
        .init(
            "AUDIO_STT_MISTRAL_API_KEY", "", .text, "Key for Mistral", isSecret: true,
            persistedAt: "audio.stt.mistral.api_key"),
        .init(
            "AUDIO_STT_MISTRAL_API_BASE_URL", "https://api.mistral.ai/v1", .text, "Address of Mistral",
            persistedAt: "audio.stt.mistral.api_base_url"),
        .init(
            "AUDIO_STT_MISTRAL_USE_CHAT_COMPLETIONS", "false", .boolean, "Mistral is asked as in a chat",
            persistedAt: "audio.stt.mistral.use_chat_completions"),
        .init(
            "AUDIO_TTS_ENGINE", "", .text,
            "What reads aloud: openai, elevenlabs, azure or transformers (empty: the browser)",
            persistedAt: "audio.tts.engine"),
        .init("AUDIO_TTS_MODEL", "tts-1", .text, "Its model", persistedAt: "audio.tts.model"),
        .init("AUDIO_TTS_VOICE", "alloy", .text, "Its voice", persistedAt: "audio.tts.voice"),
        .init(
            "AUDIO_TTS_SPLIT_ON", "punctuation", .text, "Where answers are cut: punctuation, paragraphs or none",
            persistedAt: "audio.tts.split_on"),
        .init(
            "AUDIO_TTS_API_KEY", "", .text, "Key for ElevenLabs or Azure", isSecret: true,
            persistedAt: "audio.tts.api_key"),
        .init(
            "AUDIO_TTS_OPENAI_API_BASE_URL", "https://api.openai.com/v1", .text, "Address of the openai engine",
            persistedAt: "audio.tts.openai.api_base_url"),
        .init(
            "AUDIO_TTS_OPENAI_API_KEY", "", .text, "Key for it", isSecret: true, persistedAt: "audio.tts.openai.api_key"
        ),
        .init(
            "AUDIO_TTS_OPENAI_PARAMS", "", .object, "Parameters for it, as JSON", persistedAt: "audio.tts.openai.params"
        ),
        .init(
            "AUDIO_TTS_AZURE_SPEECH_REGION", "", .text, "Region of Azure", persistedAt: "audio.tts.azure.speech_region"),
        .init(
            "AUDIO_TTS_AZURE_SPEECH_BASE_URL", "", .text, "Address of Azure (empty: the region's)",
            persistedAt: "audio.tts.azure.speech_base_url"),
        .init(
            "AUDIO_TTS_AZURE_SPEECH_OUTPUT_FORMAT", "audio-24khz-160kbitrate-mono-mp3", .text, "Form of Azure's speech",
            persistedAt: "audio.tts.azure.speech_output_format"),
    ]
}
