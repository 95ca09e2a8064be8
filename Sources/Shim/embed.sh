#!/bin/sh
# embed.sh BINARY IMAGE SOURCE…: compiles the shim, without a C library, and writes it as base64 into a Swift source.
set -eu
binary=$1 image=$2
shift 2
cc -std=gnu17 -Os -g0 -static -nostdlib -ffreestanding -fno-stack-protector -fno-pie -no-pie -flto \
    -Wall -Wextra -Werror -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns \
    -Wl,--gc-sections -Wl,-z,noseparate-code -Wl,-z,norelro -Wl,--build-id=none -s -o "$binary" "$@"
{
    echo '/// The bytes of belay-shim, in base64.'
    echo 'enum ShimImage {'
    printf '    static let base64: StaticString = "'
    base64 -w0 "$binary"
    echo '"'
    echo '}'
} >"$image.new"
mv "$image.new" "$image"
