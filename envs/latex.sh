#!/bin/sh
# Install LaTeX where latexmk is missing; on systems without apt, name the packages to install.
set -eu

packages="latexmk texlive-latex-recommended texlive-fonts-recommended"

command -v latexmk >/dev/null && exit 0

if command -v apt-get >/dev/null; then
    if [ "$(id -u)" -eq 0 ]; then
        as_root=
    elif command -v sudo >/dev/null; then
        as_root=sudo
    else
        echo "error: latexmk is missing; as root: apt-get install $packages" >&2
        exit 1
    fi
    $as_root apt-get update -qq
    # shellcheck disable=SC2086
    exec $as_root apt-get install -y -qq --no-install-recommends $packages
fi

echo "error: latexmk is missing; install TeX Live (on macOS: MacTeX) with the contents of Debian's" >&2
echo "packages $packages" >&2
exit 1
