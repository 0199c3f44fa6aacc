/// The version of this build.
enum BuildVersion {
    static let text = "0.1.0"
    /// The Open WebUI release whose API and frontend are served.
    static let openWebUI = "0.8.3"
}
