"""What two object files of one program share: a linker keeps one of the weak symbols that both have.
Usage: shared_code.py SOURCE_DIR A B            compiled with different flags
       shared_code.py SOURCE_DIR A B --systems  compiled with the same flags for different systems of Thrust

Of the library, units with different flags may share only what belongs to types in EIRNN_SHARED_NAMESPACE. Of
everything, the standard library too, they may share no function that computes with floating-point numbers and is not the same code in both.
Units of different systems may share what they like, as long as it calls the same functions of Thrust in both.
"""
import pathlib
import re
import subprocess
import sys

SHARED = "namespace EIRNN_SHARED_NAMESPACE {"
NUMBERS = re.compile(r"v?(f?n?m?(add|sub)|mul|div|sqrt)\d*(ss|sd|ps|pd)\b|f(n?m(add|sub|la|ls)|add|sub|mul|div|sqrt)\b|[vf]*n?m(add|sub)")


def lines_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def shared_types(root):
    types = set()
    for header in pathlib.Path(root, "include/eirnn").rglob("*.hpp"):
        for block in header.read_text().split(SHARED)[1:]:
            types |= set(re.findall(r"^(?:struct|class|enum class) (\w+)", block.split("\n}  // namespace EIRNN_SHARED_NAMESPACE")[0], re.M))
    return types


def weak_symbols(path):
    return {line.split()[-1] for line in lines_of("nm", path) if re.search(r" [WVu] ", line)}


def code_of(path):
    code, lines = {}, []
    for line in lines_of("objdump", "-d", "--no-show-raw-insn", "--no-addresses", path):
        if start := re.fullmatch(r"<(.+)>:", line):
            lines = code.setdefault(start[1], [])
        elif line.startswith("\t"):
            lines.append(re.sub(r"<.*?>|#.*|0x[0-9a-f]+\(%rip\)", "", line).strip())
    return code


def calls_of(path):
    calls, names = {}, set()
    for line in lines_of("objdump", "-dr", "--no-show-raw-insn", "--no-addresses", path):
        if start := re.fullmatch(r"<(.+)>:", line):
            names = calls.setdefault(start[1], set())
        elif called := re.search(r"\bR_\w+\s+(_Z\w*6thrust\w*)", line):  # of others it is a matter of size which are inlined
            names.add(called[1])
    return calls


root, one, other, *systems = sys.argv[1:]
allowed, code, calls = shared_types(root), [code_of(one), code_of(other)], [calls_of(one), calls_of(other)]
shared = sorted(weak_symbols(one) & weak_symbols(other))
names = subprocess.run(["c++filt"], input="\n".join(shared), check=True, capture_output=True, text=True).stdout.splitlines()
bad = []
for symbol, name in zip(shared, names, strict=True):
    a, b = (c.get(symbol) for c in code)
    if systems:
        if calls[0].get(symbol) != calls[1].get(symbol) and re.search("5eirnn|6thrust", symbol):
            bad.append(f"both units have {name}, which does not call the same functions of Thrust in both")
        continue
    if "5eirnn" in symbol and not (name != symbol and set(re.findall(r"\beirnn::(\w+)", name)) <= allowed):
        bad.append(f"both units have {name}, whose types are not in EIRNN_SHARED_NAMESPACE")
    if a and b and a != b and any(NUMBERS.match(line) for line in a + b):
        bad.append(f"both units have {name}, which computes, and not by the same code")
print(f"{len(shared)} weak symbols in common, {sum('5eirnn' in s for s in shared)} of them with types of the library")
print("\n".join(bad), end="\n" if bad else "")
sys.exit(bool(bad) or not allowed or not shared or not all(code) or bool(systems and not any(calls[0].values())))
