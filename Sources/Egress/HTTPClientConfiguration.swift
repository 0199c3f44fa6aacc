import Logging

extension HTTPClient {
    /// Limits and habits of one client.
    public struct Configuration: Sendable {
        /// Connections to one host and port; further exchanges wait in line. 0: no limit.
        public var maxConnectionsPerHost = 512
        /// Connections in all; further exchanges wait in line. 0: no limit.
        public var maxConnections = 2048
        /// When one gets idle while more than this are open, the one that is idle longest is closed.
        public var maxCachedConnections = 512
        /// A connection that was idle for longer is not used again, in seconds.
        public var maxIdleSeconds = 60
        /// Sent unless the request names its own.
        public var userAgent = "martlet"
        /// First TCP keep-alive probe after this long in silence, and between probes, in seconds; 0: none.
        public var keepAliveSeconds = 30
        /// libcurl's receive buffer for each running exchange, in bytes.
        public var receiveBufferBytes = 16 * 1024
        /// `http://host:port`; nil: none, whatever the environment says.
        public var proxy: String?
        /// Certificate authorities (PEM); nil: the system's.
        public var certificateFile: String?
        public var logger = Logger(label: "egress")

        public init() {}
    }
}
