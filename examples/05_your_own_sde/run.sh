#!/usr/bin/env bash
# Settings -> density and current -> picture. SGDFLUX_PROGRAM and SGDFLUX_PYTHON choose the program and the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=${SGDFLUX_PROGRAM:-build/sgdflux}

"$program" stationary examples/05_your_own_sde/run.ini
"${SGDFLUX_PYTHON:-/usr/bin/python3}" python/draw.py runs/05_your_own_sde
