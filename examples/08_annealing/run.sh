#!/usr/bin/env bash
# Schedules -> densities over time -> pictures. SGDFLUX_PROGRAM and SGDFLUX_PYTHON choose the program and the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=${SGDFLUX_PROGRAM:-build/sgdflux}

"$program" evolve examples/08_annealing/run.ini
"$program" evolve examples/08_annealing/linear.ini
"${SGDFLUX_PYTHON:-/usr/bin/python3}" python/draw.py runs/08_annealing
"${SGDFLUX_PYTHON:-/usr/bin/python3}" python/draw.py runs/08_annealing/0003
