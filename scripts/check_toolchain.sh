#!/bin/sh
# Says what is missing to build, and how to get it.
cargo=$1 python=$2
version=$("$cargo" --version 2>/dev/null | sed -n 's/^cargo \([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
if [ -z "$version" ]; then
    echo "There is no Rust toolchain. Install Rust 1.95 or later with rustup (see rust-lang.org), open a new shell, run make again." >&2
    exit 1
fi
set -- $version
if [ "$1" -lt 1 ] || { [ "$1" -eq 1 ] && [ "$2" -lt 95 ]; }; then
    echo "Rust $1.$2 is too old: 1.95 or later is needed. Run: rustup update stable" >&2
    exit 1
fi
if ! command -v "$python" >/dev/null; then
    echo "Python 3 with pip is needed to fetch libtorch (Debian: apt-get install python3-pip)." >&2
    exit 1
fi
if ! command -v c++ >/dev/null; then
    echo "A C++ compiler is needed (Debian: apt-get install g++; Fedora: dnf install gcc-c++)." >&2
    exit 1
fi
