#!/usr/bin/env bash
# Every header opens EIRNN_NAMESPACE, which has the compiler's flags in its name, or EIRNN_SHARED_NAMESPACE, and has them from config.hpp. See "Units with different flags" in docs/design.md. Usage: namespaces.sh SOURCE_DIR
set -u
cd "$1/include" || exit 1
/usr/bin/env python3 - <<'EOP'
import pathlib, re, sys
headers = {str(p): p.read_text() for p in pathlib.Path("eirnn").rglob("*") if p.is_file()}
bad = []

def closure(name, seen):
    if name in headers and name not in seen:
        seen.add(name)
        for other in re.findall(r'^ *# *include *[<"](eirnn/[^>"]+)', headers[name], re.M):
            closure(other, seen)
    return seen

for name, text in headers.items():
    if re.search(r"^ *namespace +eirnn\b", text, re.M):
        bad.append(f"{name} opens namespace eirnn: write EIRNN_NAMESPACE")
    if re.search(r"^namespace EIRNN_", text, re.M) and "eirnn/config.hpp" not in closure(name, set()):
        bad.append(f"{name} opens a namespace by a macro that nothing defines: include eirnn/config.hpp")
print(*bad, sep="\n")
sys.exit(bool(bad) or not headers)
EOP
