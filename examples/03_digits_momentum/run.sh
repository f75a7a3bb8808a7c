#!/usr/bin/env bash
# Data -> spectrum -> density and current -> picture. SGDFLUX_PROGRAM and SGDFLUX_PYTHON choose the program and the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=${SGDFLUX_PROGRAM:-build/sgdflux}

"$program" estimate examples/03_digits_momentum/estimate.ini
"$program" stationary examples/03_digits_momentum/run.ini runs/03_digits_momentum/estimate/model.ini
"${SGDFLUX_PYTHON:-/usr/bin/python3}" python/draw.py runs/03_digits_momentum
