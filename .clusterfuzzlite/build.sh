#!/usr/bin/env bash
# Builds the fuzz targets for ClusterFuzzLite: programs, seed corpora and dictionaries in $OUT.
set -euo pipefail
: "${SRC:?}" "${OUT:?}" "${SANITIZER:?}" "${FUZZING_ENGINE:?}"
[ "$FUZZING_ENGINE" = libfuzzer ] || { echo "only libfuzzer is spoken, not $FUZZING_ENGINE" >&2; exit 1; }
[ "$SANITIZER" = address ] || { echo "only the address sanitizer is used, not $SANITIZER" >&2; exit 1; }
# The engine's own library if it has one, else that of libfuzzer-sys.
[ -f "${LIB_FUZZING_ENGINE:-}" ] && export CUSTOM_LIBFUZZER_PATH=$LIB_FUZZING_ENGINE
cd "$SRC/pincer"

fuzz/build
binaries=fuzz/target/$(rustc -vV | sed -n 's/^host: //p')/release
mkdir -p "$OUT"
archive() {
    rm -f "$1"
    if command -v zip >/dev/null; then zip -jq "$@"; else python3 -m zipfile -c "$@"; fi
}
for file in fuzz/fuzz_targets/*.rs; do
    name=$(basename "$file" .rs)
    cp "$binaries/$name" "$OUT/"
    seeds=("fuzz/corpus/$name"/*)
    [ -d "fuzz/regressions/$name" ] && seeds+=("fuzz/regressions/$name"/*)
    archive "$OUT/${name}_seed_corpus.zip" "${seeds[@]}"
    printf '[libfuzzer]\nmax_len = %s\n' "$(fuzz/length "$name")" >"$OUT/$name.options"
    if [ -f "fuzz/dictionaries/$name.dict" ]; then cp "fuzz/dictionaries/$name.dict" "$OUT/"; fi
done
