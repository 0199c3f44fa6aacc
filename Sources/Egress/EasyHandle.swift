import CCurl

/// A libcurl easy handle with its error text, used for one exchange after another.
///
/// Not isolated, so that it can free itself wherever it is let go; only the loop's thread uses it.
final class EasyHandle {
    let easy: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private var headerList: UnsafeMutablePointer<curl_slist>?

    init?() {
        guard let easy = martlet_curl_easy_init() else { return nil }
        self.easy = easy
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.pointee = 0
    }

    deinit {
        martlet_curl_easy_cleanup(easy)
        martlet_curl_slist_free_all(headerList)
        errorText.deallocate()
    }

    /// Forgets the last exchange. The handle must be out of the multi handle.
    func reset() {
        martlet_curl_easy_reset(easy)
        martlet_curl_slist_free_all(headerList)
        headerList = nil
        errorText.pointee = 0
    }

    func set(_ option: CURLoption, _ value: Int) { _ = martlet_curl_set_long(easy, option, value) }
    func set(_ option: CURLoption, _ value: Bool) { _ = martlet_curl_set_long(easy, option, value ? 1 : 0) }
    func set(_ option: CURLoption, _ value: String) { _ = martlet_curl_set_string(easy, option, value) }
    func set(_ option: CURLoption, offset value: Int) { _ = martlet_curl_set_offset(easy, option, value) }
    func set(_ option: CURLoption, pointer value: UnsafeRawPointer?) {
        _ = martlet_curl_set_pointer(easy, option, value)
    }

    func setHeaders(_ lines: [String]) {
        for line in lines { headerList = martlet_curl_slist_append(headerList, line) ?? headerList }
        set(CURLOPT_HTTPHEADER, pointer: headerList)
    }

    func setErrorBuffer() { set(CURLOPT_ERRORBUFFER, pointer: errorText) }

    /// libcurl's own words about the last failure, or its name for the code.
    func message(_ code: CURLcode) -> String {
        errorText.pointee != 0 ? String(cString: errorText) : String(cString: martlet_curl_easy_strerror(code))
    }

    func long(_ info: CURLINFO) -> Int {
        var value = 0
        return martlet_curl_get_long(easy, info, &value) == CURLE_OK ? value : 0
    }
}
