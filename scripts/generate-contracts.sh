#!/bin/sh
# Writes the generated code of the contracts anew: for Swift (Generated/*.pb.swift) and for the example in Python.
# Needs protoc 3.21 (Debian: protobuf-compiler) and protoc-gen-swift, which `swift build --product protoc-gen-swift`
# makes in a checkout of apple/swift-protobuf of the version in Package.swift. Python code from a newer protoc would ask
# for a package protobuf at least as new; that from 3.21 runs with 4.21 and all later ones.
set -eu
cd "$(dirname "$0")/../Sources/Contracts"
protoc --proto_path=proto --swift_opt=Visibility=Public --swift_out=Generated proto/*.proto
protoc --proto_path=proto --python_out=../../examples/generated --pyi_out=../../examples/generated proto/*.proto
