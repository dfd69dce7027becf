#!/bin/sh
# Installs what is missing: `setup.sh run` for running browsr, `setup.sh test` for its tests as well.
set -eu

purpose=${1:-run}
packages=""
need() { command -v "$1" >/dev/null 2>&1 || packages="$packages $2"; }

need chromium chromium
need chromium-headless-shell chromium-headless-shell
# `ring` is compiled from C and assembly.
need cc build-essential
# Without any font every page is blank.
[ -n "$(find /usr/share/fonts -name '*.ttf' -o -name '*.otf' -o -name '*.pfb' 2>/dev/null | head -n 1)" ] || packages="$packages fonts-liberation"
[ "$purpose" != test ] || need pgrep procps
[ "$purpose" != test ] || python3 -c 'import ensurepip, venv' 2>/dev/null || packages="$packages python3-venv"

command -v cargo >/dev/null 2>&1 || { echo "browsr is built with Rust 1.88 or later: install it first (https://rustup.rs)" >&2; exit 1; }
[ -n "$packages" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "please install:$packages (or name your browser in BROWSR_CHROME)" >&2
    exit 1
fi
as_root=""
[ "$(id -u)" -eq 0 ] || as_root=sudo
echo "installing:$packages" >&2
$as_root apt-get update -qq
# shellcheck disable=SC2086 # a list of words
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >&2
