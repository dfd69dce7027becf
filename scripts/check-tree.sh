#!/bin/sh
# Proves that the crates depend on what they may and on nothing else.
set -eu
cargo=${CARGO:-cargo}

must_not() {
    package=$1
    features=$2
    shift 2
    tree=$("$cargo" tree -p "$package" $features -e normal --prefix none)
    for banned in "$@"; do
        if echo "$tree" | grep -q "^$banned v"; then
            echo "$package ($features) must not depend on $banned" >&2
            exit 1
        fi
    done
}

must_not browsr-core "--all-features" chromiumoxide fantoccini axum hyper
must_not browsr "--no-default-features" chromiumoxide fantoccini axum
must_not browsr "--no-default-features --features cdp" fantoccini axum
must_not browsr "--no-default-features --features http" chromiumoxide fantoccini openssl-sys aws-lc-sys
must_not browsr "--no-default-features --features webdriver" chromiumoxide axum openssl-sys aws-lc-sys
must_not browsr "--features cli" openssl-sys aws-lc-sys html2md
echo "dependency proofs hold"
