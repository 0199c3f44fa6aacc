#!/bin/sh
# Builds and runs a fuzzer, from any directory:
#
#   Tests/Fuzz/run.sh frames|http [SECONDS]
#
# SECONDS (60): how long it looks for new inputs; 0: only build, and run the corpus once. New inputs, and those that
# crash (crash-*), stay in .build-fuzz. A crash ends it with an error.
#
#   Tests/Fuzz/run.sh frames|http keep
#
# takes the least of what was found so far that passes every edge into Tests/Fuzz/corpus (dozens of small files).
set -eu
# A trap is libFuzzer's to catch: it keeps the input.
export SWIFT_BACKTRACE=enable=no

name=${1:?"frames or http"}
seconds=${2:-60}
case $name in
frames) product=FrameFuzzer dictionary= ;;
http) product=HTTPFuzzer dictionary=http.dict ;;
*) echo "there are: frames, http" >&2 && exit 64 ;;
esac
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
scratch=$root/.build-fuzz
corpus=$here/corpus/$name
found=$scratch/found-$name
fuzzer=$scratch/$name-fuzzer

lay_out() {
    mkdir -p "$scratch/package/Sources/FrameFuzzer" "$scratch/package/Sources/HTTPFuzzer"
    cp "$here/Package.swift" "$scratch/package/"
    [ ! -f "$root/Package.resolved" ] || cp "$root/Package.resolved" "$scratch/package/"
    for module in CLinux Reactor Frames Contracts Link HTTPFront; do
        ln -sfn "$root/Sources/$module" "$scratch/package/Sources/$module"
    done
    ln -sfn "$here/frame-fuzzer.swift" "$scratch/package/Sources/FrameFuzzer/frame-fuzzer.swift"
    ln -sfn "$here/http-fuzzer.swift" "$scratch/package/Sources/HTTPFuzzer/http-fuzzer.swift"
}

# SwiftPM would give an executable a main of its own; libFuzzer brings one. So SwiftPM makes a library of it.
build() {
    swift build --package-path "$scratch/package" --scratch-path "$scratch/build" -c release --product "$product"
    swiftc -sanitize=fuzzer -o "$fuzzer" -Xlinker --whole-archive "$scratch/build/release/lib$product.a" \
        -Xlinker --no-whole-archive
}

fuzz() {
    "$fuzzer" -max_len=4096 -timeout=5 -rss_limit_mb=1024 -artifact_prefix="$scratch/" -print_final_stats=1 \
        ${dictionary:+-dict="$here/$dictionary"} "$@"
}

mkdir -p "$found" "$corpus"
if [ "$seconds" = keep ]; then
    rm -rf "$scratch/kept" && mkdir "$scratch/kept"
    # Edges only, not how often each is passed: otherwise hundreds are kept.
    fuzz -set_cover_merge=1 -use_counters=0 -max_len=2048 "$scratch/kept" "$corpus" "$found"
    rm -f "$corpus"/*
    cp "$scratch/kept"/* "$corpus/"
    exit 0
fi
lay_out
build
if [ "$seconds" = 0 ]; then
    fuzz -runs=0 "$corpus"
else
    fuzz -max_total_time="$seconds" "$found" "$corpus"
fi
