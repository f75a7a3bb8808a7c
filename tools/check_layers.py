#!/usr/bin/env python3
"""Do the includes keep to the layers of docs/architecture.md?  Usage: check_layers.py [ROOT]; status 1 if not.

A layer is a folder below include/sgdflux and src. It may include itself and the layers listed for it, and the libraries
listed for it; its private headers (src/) are for itself; some headers of libraries stay out of public headers because
every user would pay for compiling them.
"""
import os
import re
import sys
from graphlib import CycleError, TopologicalSorter

LAYERS = {
    "core": "",
    "model": "core",
    "mesh": "core",
    "fv": "core model mesh",
    "theory": "core model",
    "data": "core",
    "la": "core mesh",
    "solve": "core model mesh fv la",
    "observe": "core model mesh fv la",
    "sample": "core model mesh data la",
    "study": "core model mesh fv theory data la solve observe sample",
    "continuation": "core model mesh theory la study",
    "io": "core mesh la",
    "cli": "core model mesh fv theory data la solve observe sample study continuation io",
}
BASE = "core model mesh fv theory data".split()  # the library sgdflux::base

# Libraries: pattern of their headers, layers that may include them, whether public headers may.
EVERYWHERE = list(LAYERS)
ABOVE_BASE = [layer for layer in LAYERS if layer not in BASE]
LIBRARIES = {
    "Eigen": (r"(unsupported/)?Eigen/", EVERYWHERE, True),
    "Boost.Program_options": (r"boost/program_options", ["cli"], False),
    "Boost": (r"boost/", EVERYWHERE, False),
    "muParser": (r"muParser", ["core", "io"], False),
    "Random123": (r"Random123/", ["sample"], False),
    "nlohmann-json (forward declarations)": (r"nlohmann/json_fwd\.hpp", ["study", "io", "cli"], True),
    "nlohmann-json": (r"nlohmann/", ["study", "io", "cli"], False),
    "Random123": (r"Random123/", ["sample"], False),
    "MPI": (r"mpi\.h$", ABOVE_BASE, True),
    "PETSc": (r"petsc\w*\.h$", ABOVE_BASE, True),
    "SLEPc": (r"slepc\w*\.h$", ABOVE_BASE, True),
    "HDF5": (r"(hdf5\w*|H5\w+)\.h$", ["io"], False),
    "OpenSSL": (r"openssl/", ["io"], False),
    "the standard library or POSIX": (r"([a-z_0-9]+|sys/\w+\.h|unistd\.h|fcntl\.h|signal\.h|dlfcn\.h)$", EVERYWHERE, True),
}
# Within a layer: a model is a file that the table of models names, never the other way round.
REGISTRY, REGISTRY_USERS = "sgdflux/model/registry.hpp", {"include/sgdflux/model/registry.hpp", "src/model/registry.cpp"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
NAMESPACE = re.compile(r"^\s*(?:inline\s+)?namespace\s+sgdflux::(\w+)", re.M)


def allowed(layer):
    return {layer, *LAYERS[layer].split()}


def table_problems():
    """The table itself: known names, no cycle, nothing above the base library used by it."""
    found = []
    for layer in LAYERS:
        found += [f"table: {layer} uses {used}, which is no layer" for used in LAYERS[layer].split() if used not in LAYERS]
        if layer in BASE:
            found += [f"table: {layer} of sgdflux::base uses {used}" for used in LAYERS[layer].split() if used not in BASE]
    try:
        TopologicalSorter({layer: uses.split() for layer, uses in LAYERS.items()}).prepare()
    except CycleError as error:
        found.append("table: cycle " + " -> ".join(error.args[1]))
    return found


def files(root):
    """(path relative to root, layer, is public) of every C++ file that belongs to a layer."""
    for top, public in (("include/sgdflux", True), ("src", False)):
        for folder, _, names in sorted(os.walk(os.path.join(root, top))):
            for name in sorted(names):
                if name.endswith((".hpp", ".cpp", ".h")):
                    path = os.path.relpath(os.path.join(folder, name), root)
                    yield path, path.removeprefix(top + "/").split("/")[0], public


def layer_included(root, path, name):
    """(layer, is private) of an include of our own, or None for a library's."""
    if name.startswith("sgdflux/"):
        return name.split("/")[1], False
    for candidate in (os.path.join(os.path.dirname(path), name), os.path.join("src", name)):
        candidate = os.path.normpath(candidate)
        if os.path.exists(os.path.join(root, candidate)):
            parts = candidate.split("/")
            return (parts[1], True) if parts[0] == "src" else (parts[2], False)
    return None


def own_problem(path, layer, public, name, target, private):
    if target not in allowed(layer):
        return f"layer {layer} may not use {target}"
    if private and target != layer:
        return f"private header of layer {target}"
    if private and public:
        return "private header in a public one"
    if layer == "model" and name == REGISTRY and path not in REGISTRY_USERS:
        return "models never see the registry"
    return None


def library_problem(layer, public, name):
    for library, (pattern, layers, in_public) in LIBRARIES.items():
        if re.match(pattern, name):
            if layer not in layers:
                return f"layer {layer} may not use {library}"
            return None if in_public or not public else f"{library} may not appear in public headers"
    return "library unknown to tools/check_layers.py"


def file_problems(root, path, layer, public):
    if layer not in LAYERS or (layer == "cli" and public):
        yield f"{path}: no such {'public ' if public else ''}layer: {layer}"
        return
    with open(os.path.join(root, path), encoding="utf-8") as stream:
        text = stream.read()
    for match in INCLUDE.finditer(text):
        name, line = match[2], text.count("\n", 0, match.start(2)) + 1
        own = layer_included(root, path, name) if match[1] == '"' else None
        problem = own_problem(path, layer, public, name, *own) if own else library_problem(layer, public, name)
        if problem:
            yield f"{path}:{line}: {name}: {problem}"
    for match in NAMESPACE.finditer(text):
        if match[1] in LAYERS and match[1] not in allowed(layer):
            yield f"{path}:{text.count(chr(10), 0, match.start(1)) + 1}: layer {layer} opens namespace sgdflux::{match[1]}"


def problems(root):
    found = table_problems()
    count = 0
    for path, layer, public in files(root):
        count += 1
        found += file_problems(root, path, layer, public)
    return found if count else [*found, f"no C++ files below {root}"]


def main():
    found = problems(sys.argv[1] if len(sys.argv) > 1 else ".")
    for problem in found:
        print(problem)
    print(f"{len(found)} problem(s) with the layers")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
