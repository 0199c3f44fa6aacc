#!/bin/sh
# Writes Generated/*.pb.swift anew. Needs protoc (Debian: protobuf-compiler) and protoc-gen-swift, which
# `swift build --product protoc-gen-swift` makes in a checkout of apple/swift-protobuf of the version in Package.swift.
set -eu
cd "$(dirname "$0")/../Sources/Contracts"
protoc --proto_path=proto --swift_opt=Visibility=Public --swift_out=Generated proto/*.proto
