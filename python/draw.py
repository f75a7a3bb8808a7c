#!/usr/bin/python3
"""Draws what a folder of sgdflux holds: densities, currents, marginals, dynamics, paths, validations, branches, sweeps.

    /usr/bin/python3 python/draw.py runs/example [--output picture.png] [--contour FORMULA]
"""
import argparse
import sys
from pathlib import Path

try:
    import sgdflux
except ImportError as error:
    sys.exit(f"draw.py: {error}: Debian's python3-numpy, python3-h5py and python3-matplotlib belong to the system's "
             f"interpreter, /usr/bin/python3; this one is {sys.executable}")


def arguments(words):
    parser = argparse.ArgumentParser(description="Draws what a results folder of sgdflux holds.")
    parser.add_argument("folder", type=Path, help="results folder, with report.json in it")
    parser.add_argument("--output", type=Path, help="picture to write; .png, .pdf or .svg (default FOLDER/picture.png)")
    parser.add_argument("--contour", action="append", default=[], metavar="FORMULA",
                        help="two variables: contour lines of a formula, or of one of [observe] by its name")
    return parser.parse_args(words)


def save(picture, output):
    try:
        picture.savefig(output)
    except (OSError, ValueError) as error:  # unwritable, or a format that matplotlib does not know
        raise sgdflux.ResultsError(f"{output} cannot be written: {error}") from error


def main(words=None):
    options = arguments(words)
    output = options.output or options.folder / "picture.png"
    try:
        picture = sgdflux.draw(sgdflux.read(options.folder), options.contour)
        save(picture, output)
    except sgdflux.ResultsError as error:
        print(f"draw.py: {error}", file=sys.stderr)
        return 1
    print(f"picture: {output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
