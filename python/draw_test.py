#!/usr/bin/python3
"""Small runs of the program, read back and drawn. SGDFLUX_PROGRAM names the program."""
import contextlib
import io
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import numpy as np  # noqa: E402

import draw  # noqa: E402
import sgdflux  # noqa: E402
from sgdflux.formula import evaluate  # noqa: E402

HERE = Path(__file__).resolve().parent
PROGRAM = os.environ.get("SGDFLUX_PROGRAM", str(HERE.parent / "build" / "sgdflux"))

NETWORK = "[model]\nname = diagonal-network\nT = 0.1\n[mesh]\ns = auto 200\n"
PLANE = ("[model]\nname = ornstein-uhlenbeck\ndrift_matrix = 1 -1; 1 1\nnoise_matrix = 1 0; 0 1\n[mesh]\n"
         "x1 = linear(-5, 5) 32\nx2 = sinh(-5, 5, 3) 40\n[observe]\nloss = (x1^2 + x2^2)/2\n")
SPACE = ("[model]\nname = ornstein-uhlenbeck\ndrift_matrix = 1 -1 0; 1 1 0; 0 0 1\nnoise_matrix = 1 0 0; 0 1 0; 0 0 1\n"
         "[mesh]\nx1 = linear(-4, 4) 12\nx2 = linear(-4, 4) 12\nx3 = linear(-4, 4) 12\n[scheme]\nestimate = off\n")


class Drawing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory()
        cls.line = cls.solve("line", NETWORK)
        cls.plane = cls.solve("plane", PLANE)
        cls.sweep = cls.solve("sweep", NETWORK + "[sweep]\nmodel.T = 0.05 0.1 0.15 0.2 0.5\n", code=5)

    @classmethod
    def tearDownClass(cls):
        cls.place.cleanup()

    @classmethod
    def solve(cls, name, settings, code=0):
        folder = Path(cls.place.name) / name
        ini = Path(cls.place.name) / f"{name}.ini"
        ini.write_text(settings, encoding="utf-8")
        done = subprocess.run([PROGRAM, "stationary", str(ini), f"--output.dir={folder}"], capture_output=True,
                              text=True, check=False)
        if done.returncode != code:
            raise AssertionError(f"exit code {done.returncode}: {done.stderr}")
        return folder

    def refusal(self, *words):
        """What draw.py says on standard error when it ends with status 1."""
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            self.assertEqual(draw.main([str(word) for word in words]), 1)
        return said.getvalue()

    def picture(self, folder, *words):
        output = folder / "test.png"
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(draw.main([str(folder), "--output", str(output), *words]), 0)
        self.assertEqual(output.read_bytes()[:8], b"\x89PNG\r\n\x1a\n")
        self.assertGreater(output.stat().st_size, 20000)

    def test_reads_observables_with_errors_and_exact_values(self):
        results = sgdflux.read(self.line)
        mean = results.observable("mean.v")
        self.assertAlmostEqual(mean.value, 0.844936, places=4)
        self.assertGreater(mean.error, 0)
        self.assertAlmostEqual(results.reference["mean.v"], 0.844936, places=6)
        with self.assertRaisesRegex(sgdflux.ResultsError, "no observable 'mean.w'.*mean.v"):
            results.observable("mean.w")

    def test_densities_of_derived_quantities_carry_their_exact_curve(self):
        results = sgdflux.read(self.line)
        self.assertEqual(results.quantities, ["s", "v"])
        for name in ("s", "v"):
            curve = results.curve(name)
            shown = curve.density > 1e-6 * curve.density.max()
            np.testing.assert_allclose(curve.exact[shown], curve.density[shown], rtol=1e-6)
            self.assertAlmostEqual(curve.mass.sum(), 1, places=12)

    def test_marginals_of_the_plane_match_the_exact_ones(self):
        results = sgdflux.read(self.plane)
        for name in ("x1", "x2"):
            curve = results.curve(name)
            np.testing.assert_allclose(curve.exact, curve.density, atol=2e-3 * curve.density.max())

    def test_stream_function_gives_the_current_back(self):
        shown = sgdflux.read(self.plane).plane("x1", "x2")
        scale = np.abs(shown.flux_a).max()
        np.testing.assert_allclose(np.diff(shown.stream, axis=1), shown.flux_a, atol=1e-12 * scale)
        np.testing.assert_allclose(-np.diff(shown.stream, axis=0), shown.flux_b, atol=1e-9 * scale)

    def test_draws_lines_planes_and_sweeps(self):
        self.picture(self.line)
        self.picture(self.plane)
        self.picture(self.plane, "--contour", "loss", "--contour", "x1^2 + 2*x2^2")
        self.picture(self.sweep)

    def test_draws_three_variables(self):
        self.picture(self.solve("space", SPACE))

    def test_sweep_knows_its_refusals(self):
        sweep = sgdflux.read(self.sweep)
        self.assertEqual(sweep.keys, ["model.T"])
        self.assertEqual([values[0] for values, _ in sweep.solved], [0.05, 0.1, 0.15, 0.2])
        self.assertEqual(sweep.verdicts[-1], "no-stationary-density")

    def test_formulas_follow_the_settings_language(self):
        self.assertAlmostEqual(evaluate("-2^2 + sqrt(x)*log(k) + pi", {"x": 4.0, "k": np.e}), -4 + 2 + np.pi)
        for text in ("__import__('os')", "x.real", "x if x else 0", "y + 1", "x +"):
            with self.assertRaises(sgdflux.ResultsError, msg=text):
                evaluate(text, {"x": 1.0})

    def test_refuses_in_one_sentence(self):
        self.assertIn("is this a results folder", self.refusal(self.place.name))
        self.assertIn("no-stationary-density", self.refusal(self.sweep / "0005"))
        self.assertIn("contours need two variables", self.refusal(self.line, "--contour", "s"))
        self.assertIn("cannot be drawn", self.refusal(self.plane, "--contour", "x1 + z"))
        self.assertIn("test.xyz", self.refusal(self.line, "--output", self.line / "test.xyz"))
        broken = Path(self.place.name) / "broken"
        broken.mkdir()
        (broken / "report.json").write_text("{", encoding="utf-8")
        self.assertIn("no JSON", self.refusal(broken))
        (broken / "report.json").write_text('{"format": "sgdflux-report", "format_version": [9, 0]}', encoding="utf-8")
        self.assertIn("version 9.0", self.refusal(broken))


if __name__ == "__main__":
    unittest.main()
