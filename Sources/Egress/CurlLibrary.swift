import CCurl
import Glibc

/// libcurl's process-wide set-up.
enum CurlLibrary {
    /// Nil when libcurl is usable, else why it is not. The first use does the set-up; from any thread.
    static let complaint: String? = {
        // OpenSSL writes without MSG_NOSIGNAL, and libcurl no longer shields it with CURLOPT_NOSIGNAL.
        var current = sigaction()
        if sigaction(SIGPIPE, nil, &current) == 0, current.__sigaction_handler.sa_handler == nil {
            signal(SIGPIPE, SIG_IGN)
        }
        if let why = martlet_curl_load() { return String(cString: why) }
        guard martlet_curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK else { return "libcurl cannot be initialised" }
        guard let version = martlet_curl_version_info(CURLVERSION_FIRST) else {
            return "libcurl does not tell its version"
        }
        guard version.pointee.version_num >= 0x075700 else { return "libcurl is older than 7.87" }
        guard version.pointee.features & CURL_VERSION_ASYNCHDNS != 0 else {
            return "libcurl resolves names synchronously (no AsynchDNS)"
        }
        return nil
    }()
}
