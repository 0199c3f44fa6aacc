import Testing

@testable import API

@Suite struct ModelFileAddressTests {
    private static let allowed = [
        "https://huggingface.co", "https://Mirror.example:8443/models/", "http://lan.example",
    ]

    @Test(
        "an address must begin with one that is allowed: scheme, host, port and whole parts of the path",
        arguments: [
            ("https://huggingface.co/org/repo/resolve/main/a.gguf", "a.gguf"),
            ("https://HuggingFace.co:443/a.gguf?download=true", "a.gguf"),
            ("https://mirror.example:8443/models/x/b.gguf", "b.gguf"), ("http://lan.example/c.gguf", "c.gguf"),
        ])
    func allowed(_ url: String, _ name: String) {
        #expect(ModelFileAddress(url, allowed: Self.allowed)?.name == name)
    }

    @Test(
        "every other address is refused",
        arguments: [
            "http://huggingface.co/a.gguf", "https://huggingface.co.evil.example/a.gguf",
            "https://huggingface.co@evil.example/a.gguf", "https://user:password@huggingface.co/a.gguf",
            "https://huggingface.co:444/a.gguf", "https://mirror.example:8443/modelsx/a.gguf",
            "https://mirror.example:8443/models/../a.gguf", "https://mirror.example:8443/models/%2E%2e/a.gguf",
            "https://mirror.example/models/a.gguf", "https://lan.example/a.gguf", "https://huggingface.co/",
            "https://huggingface.co", "file:///etc/passwd", "//huggingface.co/a.gguf", "huggingface.co/a.gguf", "",
            "https://huggingface.co/a b.gguf", "https://evil.example/?https://huggingface.co/a.gguf",
        ])
    func refused(_ url: String) {
        #expect(ModelFileAddress(url, allowed: Self.allowed) == nil)
    }

    @Test(
        "a file's name becomes a model's name of the characters that Ollama takes",
        arguments: [
            ("x.gguf", "x.gguf", "x"),
            ("../../My model (1).Q4_K_M.gguf", "My model (1).Q4_K_M.gguf", "My-model--1-.Q4_K_M"),
            ("C:\\models\\y.gguf", "y.gguf", "y"), ("...", "...", ""), ("", "", ""), ("/", "", ""),
            ("ünï.gguf", "ünï.gguf", "n-"), ("noextension", "noextension", "noextension"), (".gguf", ".gguf", ""),
            ("a\r\nb.gguf", "ab.gguf", "ab"),
        ])
    func names(_ given: String, _ base: String, _ model: String) {
        #expect(ModelFileName.base(given) == base)
        #expect(ModelFileName.model(given) == model)
    }
}
