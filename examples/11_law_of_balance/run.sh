#!/usr/bin/env bash
# SGD, gradient descent and isotropic noise from an unequal start; a start with the wrong sign. SGDFLUX_PROGRAM and SGDFLUX_PYTHON choose the program and the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=${SGDFLUX_PROGRAM:-build/sgdflux}
python=${SGDFLUX_PYTHON:-/usr/bin/python3}
here=examples/11_law_of_balance
runs=runs/11_law_of_balance

"$program" sample $here/run.ini
"$program" sample $here/run.ini $here/descent.ini
"$program" sample $here/langevin.ini
"$program" sample $here/wrong_sign.ini
"$program" sample $here/single.ini
"$python" python/draw.py $runs/sgd
"$python" $here/compare.py $runs
