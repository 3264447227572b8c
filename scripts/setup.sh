#!/usr/bin/env bash
# Installs the Debian packages that eirnn needs, if any is missing. Usage: setup.sh [run|test|ci]
set -eu

packages="g++ cmake ninja-build libeigen3-dev libtbb-dev libboost-dev libxxhash-dev zlib1g-dev libcli11-dev python3-numpy python3-matplotlib"
for_tests=" catch2 nlohmann-json3-dev libthrust-dev libbenchmark-dev"
case ${1:-run} in
    run) ;;
    test) packages+=$for_tests ;;
    ci) packages+="$for_tests librandom123-dev clang-19 libclang-rt-19-dev ccache python3-venv" ;;
    *) echo "usage: setup.sh [run|test|ci]" >&2; exit 64 ;;
esac

missing=
for package in $packages; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=
    [ "$status" = installed ] || missing+=" $package"
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "eirnn needs packages that are not installed. Ask an administrator to run, or run as root:" >&2
        echo "    apt-get update && apt-get install$missing" >&2
        exit 1
    fi
    sudo=sudo
fi
command -v apt-get >/dev/null || { echo "eirnn needs, by their Debian names:$missing. There is no apt-get here to install them." >&2; exit 1; }

echo "Installing with apt-get:$missing"
$sudo dpkg --configure -a  # an installation that was killed half-way must be ended, or apt-get refuses to work
$sudo apt-get update -qq
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
