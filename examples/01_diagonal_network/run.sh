#!/usr/bin/env bash
# Sweep -> picture. SGDFLUX_PROGRAM and SGDFLUX_PYTHON choose the program and the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=${SGDFLUX_PROGRAM:-build/sgdflux}

# 5: two of the temperatures lie above the critical one and have no stationary density, as they should.
"$program" stationary examples/01_diagonal_network/run.ini || [[ $? == 5 ]]
"${SGDFLUX_PYTHON:-/usr/bin/python3}" python/draw.py runs/01_diagonal_network
