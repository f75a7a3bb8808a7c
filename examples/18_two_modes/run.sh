#!/usr/bin/env bash
# Density with its currents, slowest eigenvalues -> picture. SGDFLUX_PROGRAM and SGDFLUX_PYTHON choose the program and the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=${SGDFLUX_PROGRAM:-build/sgdflux}
python=${SGDFLUX_PYTHON:-/usr/bin/python3}
here=examples/18_two_modes
runs=runs/18_two_modes

"$program" stationary $here/run.ini
"$program" spectrum $here/run.ini $here/spectrum.ini
"$python" $here/compare.py $runs
