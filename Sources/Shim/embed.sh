#!/bin/sh
# embed.sh BINARY IMAGE SOURCE…: compiles the shim and writes it as base64 into a Swift source.
set -eu
binary=$1 image=$2
shift 2
cc -std=c17 -Os -g0 -static -Wall -Wextra -Werror -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections \
    -Wl,--gc-sections -Wl,-z,noseparate-code -s -o "$binary" "$@"
{
    echo '/// The bytes of belay-shim, in base64.'
    echo 'enum ShimImage {'
    printf '    static let base64: StaticString = "'
    base64 -w0 "$binary"
    echo '"'
    echo '}'
} >"$image.new"
mv "$image.new" "$image"
