import Testing

@testable import OllamaLBProxy

@Suite struct ModelNameTests {
    @Test(
        "a name without a tag means the latest",
        arguments: [
            ("llama3", "llama3:latest"), ("llama3:latest", "llama3:latest"), ("llama3:8b", "llama3:8b"),
            ("user/model", "user/model:latest"), ("user/model:q4", "user/model:q4"),
            ("registry:5000/user/model", "registry:5000/user/model:latest"),
            ("registry:5000/user/model:q4", "registry:5000/user/model:q4"), ("hf.co/a/b:Q4_K_M", "hf.co/a/b:Q4_K_M"),
            ("", ":latest"), (":", ":"), ("/", "/:latest"), ("a/", "a/:latest"), ("a:b/", "a:b/:latest"),
            ("é", "é:latest"),
        ])
    func normalised(_ name: String, _ expected: String) {
        #expect(ModelName.normalised(name) == expected)
        #expect(ModelName.normalised(expected) == expected)
    }
}
