#!/usr/bin/env bash
# Precompiles a header beside it, where this compiler looks for it under the option -include. Usage: precompile.sh HEADER COMPILER FLAG...
set -eu
header=$1 compiler=$2
shift 2
case $("$compiler" --version) in *clang*) suffix=pch ;; *) suffix=gch ;; esac
temporary=$header.$suffix.$$
"$compiler" "$@" -x c++-header "$header" -o "$temporary"
mv "$temporary" "$header.$suffix"
