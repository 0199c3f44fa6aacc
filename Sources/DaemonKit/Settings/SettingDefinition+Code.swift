extension SettingDefinition {
    /// Code that chats run.
    public static let code: [SettingDefinition] = [
        .init(
            "ENABLE_CODE_EXECUTION", "true", .boolean, "Code of chats may be run", persistedAt: "code_execution.enable"),
        .init(
            "CODE_EXECUTION_ENGINE", "pyodide", .text, "What runs it: pyodide or jupyter",
            persistedAt: "code_execution.engine"),
        .init("CODE_EXECUTION_JUPYTER_URL", "", .text, "Address of Jupyter", persistedAt: "code_execution.jupyter.url"),
        .init(
            "CODE_EXECUTION_JUPYTER_AUTH", "", .text, "Sign-in there: token or password",
            persistedAt: "code_execution.jupyter.auth"),
        .init(
            "CODE_EXECUTION_JUPYTER_AUTH_TOKEN", "", .text, "Token for Jupyter", isSecret: true,
            persistedAt: "code_execution.jupyter.auth_token"),
        .init(
            "CODE_EXECUTION_JUPYTER_AUTH_PASSWORD", "", .text, "Password for Jupyter", isSecret: true,
            persistedAt: "code_execution.jupyter.auth_password"),
        .init(
            "CODE_EXECUTION_JUPYTER_TIMEOUT", "60", .integer(0...86_400), "Seconds that code may run in Jupyter",
            persistedAt: "code_execution.jupyter.timeout"),
        .init(
            "ENABLE_CODE_INTERPRETER", "true", .boolean, "Models may run code", persistedAt: "code_interpreter.enable"),
        .init(
            "CODE_INTERPRETER_ENGINE", "pyodide", .text, "What runs it: pyodide or jupyter",
            persistedAt: "code_interpreter.engine"),
        .init(
            "CODE_INTERPRETER_PROMPT_TEMPLATE", "", .verbatim, "What models are told of it (empty: the default)",
            persistedAt: "code_interpreter.prompt_template"),
        .init(
            "CODE_INTERPRETER_JUPYTER_URL", "", .text, "Address of Jupyter for models",
            persistedAt: "code_interpreter.jupyter.url"),
        .init(
            "CODE_INTERPRETER_JUPYTER_AUTH", "", .text, "Sign-in there: token or password",
            persistedAt: "code_interpreter.jupyter.auth"),
        .init(
            "CODE_INTERPRETER_JUPYTER_AUTH_TOKEN", "", .text, "Token for that Jupyter", isSecret: true,
            persistedAt: "code_interpreter.jupyter.auth_token"),
        .init(
            "CODE_INTERPRETER_JUPYTER_AUTH_PASSWORD", "", .text, "Password for that Jupyter", isSecret: true,
            persistedAt: "code_interpreter.jupyter.auth_password"),
        .init(
            "CODE_INTERPRETER_JUPYTER_TIMEOUT", "60", .integer(0...86_400),
            "Seconds that a model's code may run in Jupyter", persistedAt: "code_interpreter.jupyter.timeout"),
    ]
}
