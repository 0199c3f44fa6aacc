import Contracts
import Testing

@testable import Egress

@Suite struct AddressPolicyTests {
    @Test(
        "addresses that are reachable from everywhere are public",
        arguments: [
            "1.1.1.1", "8.8.8.8", "172.15.255.255", "172.32.0.0", "100.63.255.255", "100.128.0.0", "192.0.1.0",
            "198.17.255.255", "198.20.0.0", "223.255.255.255", "11.0.0.0", "126.255.255.255", "128.0.0.0",
            "2606:4700:4700::1111", "2a00:1450::1", "2001:200::1", "2001:4860:4860::8888", "64:ff9b::808:808",
        ])
    func open(_ text: String) throws {
        #expect(AddressPolicy.publicOnly.allows(try #require(IPAddress(text))))
    }

    @Test(
        "private, loopback, link-local, mapped, tunnelled and reserved addresses are not",
        arguments: [
            "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
            "127.255.255.255", "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.8", "192.0.2.1",
            "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1",
            "239.255.255.255", "240.0.0.1", "255.255.255.255",
            "::", "::1", "::ffff:8.8.8.8", "::ffff:127.0.0.1", "::8.8.8.8", "fe80::1", "fec0::1", "fc00::1", "fd00::1",
            "ff02::1", "2001::1", "2001:10::1", "2001:db8::1", "2002:808:808::1", "3fff::1", "64:ff9b::7f00:1",
            "64:ff9b::a00:1", "64:ff9b:1::808:808", "100::1", "5f00::1",
        ])
    func closed(_ text: String) throws {
        #expect(!AddressPolicy.publicOnly.allows(try #require(IPAddress(text))))
        #expect(AddressPolicy.any.allows(try #require(IPAddress(text))))
    }

    @Test("an exception opens its block and nothing beside it")
    func exceptions() throws {
        var policy = AddressPolicy.publicOnly
        policy.exceptions = [try #require(AddressBlock("10.1.2.128/25")), try #require(AddressBlock("fd12::/16"))]
        for text in ["10.1.2.128", "10.1.2.255", "fd12:ffff::1"] {
            #expect(policy.allows(try #require(IPAddress(text))), "\(text)")
        }
        for text in ["10.1.2.127", "10.1.3.128", "fd13::1", "::ffff:10.1.2.128"] {
            #expect(!policy.allows(try #require(IPAddress(text))), "\(text)")
        }
    }

    @Test("what is no address, and no block, is none")
    func malformed() {
        for text in ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "fe80::1%eth0", "host", "1.2.3.4 ", "0x7f.1"] {
            #expect(IPAddress(text) == nil, "\(text)")
        }
        for text in ["", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "::/129", "10.0.0.0/x"] {
            #expect(AddressBlock(text) == nil, "\(text)")
        }
    }
}
