# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds a program around the image decoders alone; sourced by Scripts/check-images and Scripts/fuzz-images.

# The caller's.
c_flags=() swift_flags=() libraries=()

# Compiles the decoders with the Swift file $2 to the program $1/program.
build_images() {
    local work=$1 main=$2 swiftc clang source object objects=()
    swiftc=$(command -v swiftc) || { echo "error: swiftc is not in PATH" >&2; return 1; }
    clang=$(dirname "$(readlink -f "$swiftc")")/clang
    mkdir -p "$work"
    for source in Sources/CImageCodecs/*.c; do
        object=$work/$(basename "$source" .c).o
        "$clang" "${c_flags[@]}" -I Sources/CImageCodecs/include -c "$source" -o "$object" || return 1
        objects+=("$object")
    done
    printf 'module CImageCodecs { header "%s"\n export * }\n' "$PWD/Sources/CImageCodecs/include/CImageCodecs.h" \
        >"$work/module.modulemap"
    # gold says of each of AddressSanitizer's functions that it stays inside.
    "$swiftc" -O -parse-as-library -package-name embedder -module-name EmbedImages "${swift_flags[@]}" \
        -enable-upcoming-feature ExistentialAny -Xcc "-fmodule-map-file=$work/module.modulemap" \
        Sources/EmbedImages/{ImageError,ImageLimits,RGBImage}.swift Sources/EmbedImages/{Decoding,Orientation}/*.swift \
        "$main" "${objects[@]}" -o "$work/program" "${libraries[@]}" \
        -Xlinker --wrap=WebPSafeMalloc -Xlinker --wrap=WebPSafeCalloc -Xlinker --wrap=WebPSafeFree \
        -l:libpng16.a -l:libjpeg.a -l:libwebpdemux.a -l:libwebp.a -l:libgif.a -lz -lm \
        2> >(grep --invert-match 'Cannot export local symbol' >&2)
}
