#!/usr/bin/env bash
# Wells and networks -> times and rates -> pictures. SGDFLUX_PROGRAM and SGDFLUX_PYTHON choose the program and the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=${SGDFLUX_PROGRAM:-build/sgdflux}
draw() { "${SGDFLUX_PYTHON:-/usr/bin/python3}" python/draw.py "$1"; }

"$program" passage examples/09_escape/run.ini
"$program" spectrum examples/09_escape/spectrum.ini
"$program" passage examples/09_escape/network.ini
draw runs/09_escape
draw runs/09_escape/0005
draw runs/09_escape/spectrum
draw runs/09_escape/network
