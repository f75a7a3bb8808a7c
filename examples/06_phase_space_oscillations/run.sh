#!/usr/bin/env bash
# Settings -> densities over time, eigenvalues -> pictures. SGDFLUX_PROGRAM and SGDFLUX_PYTHON choose the program and the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=${SGDFLUX_PROGRAM:-build/sgdflux}

"$program" evolve examples/06_phase_space_oscillations/run.ini
"$program" spectrum examples/06_phase_space_oscillations/spectrum.ini
"${SGDFLUX_PYTHON:-/usr/bin/python3}" python/draw.py runs/06_phase_space_oscillations
"${SGDFLUX_PYTHON:-/usr/bin/python3}" python/draw.py runs/06_phase_space_oscillations/spectrum/0001
