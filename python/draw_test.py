#!/usr/bin/python3
"""Small runs of the program and synthetic folders, read back and drawn. SGDFLUX_PROGRAM names the program."""
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402

import draw  # noqa: E402
import sgdflux  # noqa: E402
import synthetic  # noqa: E402
from sgdflux import dynamics, histogram, maps, validate  # noqa: E402
from sgdflux.formula import evaluate  # noqa: E402

HERE = Path(__file__).resolve().parent
PROGRAM = os.environ.get("SGDFLUX_PROGRAM", str(HERE.parent / "build" / "sgdflux"))

NETWORK = "[model]\nname = diagonal-network\nT = 0.1\n[mesh]\ns = auto 200\n"
PLANE = ("[model]\nname = ornstein-uhlenbeck\ndrift_matrix = 1 -1; 1 1\nnoise_matrix = 1 0; 0 1\n[mesh]\n"
         "x1 = linear(-5, 5) 32\nx2 = sinh(-5, 5, 3) 40\n[observe]\nloss = (x1^2 + x2^2)/2\n")
SPACE = ("[model]\nname = ornstein-uhlenbeck\ndrift_matrix = 1 -1 0; 1 1 0; 0 0 1\nnoise_matrix = 1 0 0; 0 1 0; 0 0 1\n"
         "[mesh]\nx1 = linear(-4, 4) 12\nx2 = linear(-4, 4) 12\nx3 = linear(-4, 4) 12\n[scheme]\nestimate = off\n")


class Folders(unittest.TestCase):
    """A temporary place for folders, and what draw.py makes of them."""

    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory()

    @classmethod
    def tearDownClass(cls):
        cls.place.cleanup()

    def tearDown(self):
        plt.close("all")

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


class Drawing(Folders):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls.solve("line", NETWORK)
        cls.plane = cls.solve("plane", PLANE)
        cls.sweep = cls.solve("sweep", NETWORK + "[sweep]\nmodel.T = 0.05 0.1 0.15 0.2 0.5\n", code=5)

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

    def test_draws_pairs_of_variables_without_fields_of_all_cells(self):
        whole = sgdflux.read(self.solve("space", SPACE))
        folder = self.solve("pairs", SPACE + "[output]\nfields = off\n")
        pairs = sgdflux.read(folder)
        self.assertNotIn("density", pairs.fields)
        for a, b in (("x1", "x2"), ("x1", "x3"), ("x2", "x3")):
            shown = pairs.plane(a, b)
            np.testing.assert_allclose(shown.density, whole.integrated(whole.density, [a, b]), rtol=1e-10, atol=1e-16)
            current = whole.integrated(whole.field(f"current/{b}"), [a, b]) * whole.widths(a)[:, None]
            np.testing.assert_allclose(shown.flux_b, current, rtol=0, atol=1e-13 * np.abs(current).max() + 1e-18)
        self.picture(folder)

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


def labels(fig):
    """The label of the vertical axis of every panel, subfigures included, by panel."""
    return {axes.get_ylabel() or axes.get_title(): axes for axes in fig.axes}


class DrawingDynamics(Folders):
    """Closed forms in the formats of evolve, spectrum, correlate and passage."""

    def made(self, maker, *args, **kwargs):
        return maker(Path(self.place.name) / self.id().rpartition(".")[2] / str(len(args)), *args, **kwargs)

    def drawn(self, folder):
        self.picture(folder)
        return sgdflux.draw(sgdflux.read(folder))

    def test_relaxation_of_one_variable_with_exact_moments(self):
        panels = self.drawn(self.made(synthetic.evolve, 1)).axes
        self.assertEqual([p.get_ylabel() for p in panels],
                         ["density $p($$x$$)$"] * 2 + ["mean of $x$", "variance of $x$"])
        self.assertEqual([len(p.lines) for p in panels], [8, 8, 2, 2])
        self.assertEqual(panels[1].get_yscale(), "log")
        computed, exact = (line.get_ydata() for line in panels[2].lines)
        np.testing.assert_allclose(computed, exact)

    def test_relaxation_of_two_variables_follows_the_mean(self):
        fig = self.drawn(self.made(synthetic.evolve, 2, **{"evolve.schedule.gamma": "0.4/(1 + t)"}))
        maps_drawn = [axes for axes in fig.axes if axes.images]
        self.assertEqual(len(maps_drawn), 8)
        self.assertEqual([axes.get_title() for axes in maps_drawn[:2]], ["$t$ = $0$", "$t$ = $1.5$"])
        path, dot = maps_drawn[-1].lines
        self.assertEqual((path.get_xdata()[0], path.get_ydata()[0]), (2.0, 0.0))
        self.assertEqual(dot.get_xdata()[0], path.get_xdata()[-1])
        annealed = labels(fig)[r"$\gamma$"].lines[0]
        self.assertAlmostEqual(annealed.get_ydata()[-1], 0.4 / 13)

    def test_eigenvalue_plane_and_cyclic_phases(self):
        fig = self.drawn(self.made(synthetic.spectrum_plane))
        values = labels(fig)[r"$\mathrm{Im}\,\lambda$  (radians per unit time)"]
        texts = [text.get_text() for text in values.get_legend().get_texts()]
        self.assertEqual(texts, ["computed", "exact", "rejected", r"$2\,\mathrm{Re}\,\lambda_1$"])
        self.assertIn([-0.4, -0.4], [list(np.round(line.get_xdata(), 12)) for line in values.lines])
        left = next(axes for axes in fig.axes if axes.get_title().startswith("left"))
        self.assertEqual(left.images[0].get_array().shape[2], 3)
        self.assertEqual(len(left.collections), 12)  # isochrones
        self.assertIn("quality $4.899$, robustly oscillatory", fig._suptitle.get_text())

    def test_phases_run_once_around_the_colours(self):
        angle = np.linspace(-np.pi, np.pi, 181)
        colours = maps.phase_colours(np.exp(1j * angle), np.ones(181))
        self.assertLess(np.abs(colours[0] - colours[-1]).max(), 0.03)
        self.assertLess(np.abs(np.diff(colours, axis=0)).max(), 0.12)
        np.testing.assert_allclose(maps.phase_colours(np.array([1j]), np.zeros(1)), 1)

    def test_real_spectra_are_ladders_with_curves_or_signs(self):
        line = self.drawn(self.made(synthetic.spectrum_line))
        rates = labels(line)[r"decay rate $-\lambda_k$"]
        np.testing.assert_allclose(rates.lines[0].get_ydata(), range(5))
        rms = labels(line)["function / rms"].lines[2]
        self.assertAlmostEqual(np.interp(0, rms.get_xdata(), rms.get_ydata()), -1 / np.sqrt(2), delta=2e-3)
        plane = self.drawn(self.made(synthetic.spectrum_plane, 2.5))
        self.assertIn("value / maximum", labels(plane))

    def test_displacement_with_its_exponent(self):
        fig = self.drawn(self.made(synthetic.correlate))
        panels = labels(fig)
        self.assertEqual(len(panels), 4)
        displacement = panels[r"displacement $\langle (f_t - f_0)^2\rangle$"]
        self.assertEqual((displacement.get_xscale(), displacement.get_yscale()), ("log", "log"))
        computed, exact, *slopes = displacement.lines
        np.testing.assert_allclose(computed.get_ydata(), exact.get_ydata())
        steepness = [np.diff(np.log(s.get_ydata()))[0] / np.diff(np.log(s.get_xdata()))[0] for s in slopes]
        np.testing.assert_allclose(steepness, [1, 2])
        self.assertEqual(panels[r"power spectrum $S(\omega)$"].get_yscale(), "log")

    def test_passages_in_one_and_two_variables(self):
        line = self.drawn(self.made(synthetic.passage, 1))
        self.assertEqual(list(labels(line)), ["time to exit", "density", "committor"])
        mean, start = labels(line)["time to exit"].lines
        self.assertEqual(start.get_xdata(), -1)
        self.assertGreater(mean.get_ydata()[0], mean.get_ydata()[-1])
        self.assertIn("exit rate $0.093$", line._suptitle.get_text())
        plane = self.drawn(synthetic.passage(Path(self.place.name) / "well", 2))
        titles = [axes.get_title() for axes in plane.axes if axes.images]
        self.assertEqual(titles, ["mean time to exit", "quasi-stationary density",
                                  "forward committor, reactive current"])

    def test_sweeps_of_every_command(self):
        place = Path(self.place.name)
        for dimension, panels in ((1, 4), (2, 6)):
            moments = synthetic.sweep(place / f"moments{dimension}", "evolve", "model.gamma", [0.2, 0.8],
                                      lambda folder, gamma, d=dimension: synthetic.evolve(folder, d, gamma))
            self.assertEqual(len(self.drawn(moments).axes), panels)
        path = self.drawn(moments).axes[0]
        self.assertEqual((path.get_xlabel(), path.get_ylabel()), ("mean of $\\theta$", "mean of $v$"))
        formulas = synthetic.sweep(place / "formulas", "evolve", "model.gamma", ["0.1+0.1", "sqrt(0.64)"],
                                   lambda folder, _: synthetic.evolve(folder, 1))
        self.assertEqual([values[0] for values, _ in sgdflux.read(formulas).solved], [0.2, 0.8])
        branches = synthetic.sweep(place / "branches", "spectrum", "model.gamma", [0.4, 1.0, 1.6, 2.5],
                                   synthetic.spectrum_plane)
        self.assertEqual(len(self.drawn(branches).axes), 2)
        spread = synthetic.sweep(place / "spread", "correlate", "model.gamma", [0.1, 1.0, 10.0], synthetic.correlate)
        panel = labels(self.drawn(spread))[r"displacement $\langle (f_t - f_0)^2\rangle$"]
        self.assertEqual([t.get_text() for t in panel.get_legend().get_texts()],
                         [r"$\gamma$ = $0.1$", r"$\gamma$ = $1$", r"$\gamma$ = $10$", "exact"])
        escapes = synthetic.sweep(place / "escapes", "passage", "model.D", [0.08, 0.15, 0.25], lambda folder, noise:
                                  synthetic.passage(folder, 1, noise))
        self.assertEqual(list(labels(self.drawn(escapes))), ["mean time", "exit rate", "transition rate"])

    def test_null_is_a_gap_and_no_zero(self):
        folder = self.made(synthetic.evolve, 1)
        self.edit(folder, lambda report: report["observables"]["mean.x"]["value"].__setitem__(3, None))
        self.assertTrue(np.isnan(dynamics.series(sgdflux.read(folder), "mean.x").value[3]))
        self.picture(folder)

    def test_refuses_unreadable_reports_in_one_sentence(self):
        cases = [
            (synthetic.evolve, [1], lambda r: r.pop("times"), "has no 'times'"),
            (synthetic.evolve, [1], lambda r: r["observables"]["mean.x"]["value"].pop(), "is not a list of 49"),
            (synthetic.evolve, [1], lambda r: r.pop("command"), "has no 'command'"),
            (synthetic.evolve, [1], lambda r: r.update(command="estimate"), "'estimate', for which there is no"),
            (synthetic.spectrum_line, [], lambda r: r.pop("eigenvalues"), "has no 'eigenvalues'"),
            (synthetic.spectrum_line, [], lambda r: r.update(eigenvalues=[{"re": 0}]), "not a list of {re, im}"),
            (synthetic.correlate, [], lambda r: r["observables"].pop("exponent"), "no observable 'exponent'"),
            (synthetic.correlate, [], lambda r: r.pop("power_spectrum"), "has no 'power_spectrum'"),
            (synthetic.passage, [1], lambda r: r.update(verdict="not-converged", reason="why"), "not-converged: why"),
            (synthetic.sample, [1], lambda r: r.update(verdict="no-stationary-density", reason="all"), "density: all"),
            (synthetic.sample, [1], lambda r: r["correlations"]["v"].pop("lags"), "'lags of v' is not a list"),
            (synthetic.sample, [2, "0"], lambda r: r["series"].pop("times"), "'times of the series' is not a list"),
            (synthetic.validate, [1], lambda r: r.pop("checks"), "has no 'checks'"),
            (synthetic.passage, [1], lambda r: r["model"].update(variables=["z"]), "has no 'axes/z/centres'"),
        ]
        for number, (maker, args, damage, said) in enumerate(cases):
            folder = maker(Path(self.place.name) / f"damaged{number}", *args)
            self.edit(folder, damage)
            with self.subTest(said):
                sentence = self.refusal(folder)
                self.assertIn(said, sentence)
                self.assertEqual(sentence.count("\n"), 1)

    @staticmethod
    def edit(folder, change):
        path = folder / "report.json"
        report = json.loads(path.read_text(encoding="utf-8"))
        change(report)
        path.write_text(json.dumps(report), encoding="utf-8")


class DrawingPaths(Folders):
    """Simulated linear processes in the formats of sample and validate."""

    def made(self, maker, *args, **kwargs):
        return maker(Path(self.place.name) / self.id().rpartition(".")[2] / "-".join(map(str, args)), *args, **kwargs)

    def drawn(self, folder):
        self.picture(folder)
        return sgdflux.draw(sgdflux.read(folder))

    def test_one_variable_is_drawn_over_the_weight_of_its_network(self):
        folder = self.made(synthetic.sample, 1)
        fig = self.drawn(folder)
        density, paths, correlation, displacement = fig.axes
        self.assertEqual([density.get_xlabel(), paths.get_ylabel(), correlation.get_ylabel()],
                         ["$v$", "$v$", "$C(t)$ of $v$"])
        self.assertEqual((displacement.get_xscale(), displacement.get_yscale()), ("log", "log"))
        points, _, (bars,) = density.containers[0]
        s, width = np.log(points.get_xdata()), 0.5  # s has the variance 1/4
        expected = np.exp(-s**2 / (2 * width**2)) / (width * np.sqrt(2 * np.pi) * points.get_xdata())
        half = [np.ptp(bar[:, 1]) / 2 for bar in bars.get_segments()]
        self.assertLess(np.abs((points.get_ydata() - expected) / half).max(), 6)
        self.assertIn("200 paths, 2 of them diverged", fig._suptitle.get_text())

    def test_two_variables_are_counted_cells_with_paths_over_them(self):
        fig = self.drawn(self.made(synthetic.sample, 2))
        main = fig.axes[0]
        results = sgdflux.read(self.made(synthetic.sample, 2, "50"))
        self.assertEqual((main.get_xlabel(), main.get_ylabel()), (r"$\theta$", "$v$"))
        np.testing.assert_array_equal(np.ravel(main.collections[0].get_array()), results.density.T.ravel())
        path = results.field("path/theta")[0]
        np.testing.assert_array_equal(main.lines[0].get_xdata(), path[:main.lines[0].get_xdata().size])

    def test_transients_are_means_over_time(self):
        for dimension, names in ((1, ["mean of $v$", "mean of $s$"]), (2, [r"mean of $\theta$", "mean of $v$"])):
            folder = self.made(synthetic.sample, dimension, "0")
            fig = self.drawn(folder)
            self.assertEqual([axes.get_ylabel() for axes in fig.axes], names)
        report = sgdflux.read(folder).report
        np.testing.assert_array_equal(fig.axes[0].lines[-1].get_ydata(), report["series"]["theta"]["value"])

    def test_a_run_that_did_not_settle_is_drawn_and_says_so(self):
        folder = self.made(synthetic.sample, 1, verdict="not-converged", reason="the mean of v still changes")
        self.assertIn("not-converged: the mean of v still changes", self.drawn(folder)._suptitle.get_text())

    def test_thinned_histograms_keep_the_errors_of_their_cells(self):
        results = sgdflux.read(self.made(synthetic.sample, 1))
        found = histogram.marginal(results, "s")
        cells = histogram.shown(found, (-3, 3), ("linear", "linear"))
        self.assertLessEqual(cells.size, histogram.MOST)
        of_v = histogram.exponential(found, "v")
        np.testing.assert_allclose((of_v.error * of_v.curve.value)[cells], found.error[cells], rtol=1e-14)
        self.assertTrue((found.curve.density[histogram.shown(found, (-3, 3), ("linear", "log"))] > 0).all())

    def test_sweeps_of_paths(self):
        place = Path(self.place.name)
        moments = synthetic.sweep(place / "moments", "sample", "model.gamma", [0.4, 0.6, 0.8], lambda folder, gamma:
                                  synthetic.sample(folder, 1, gamma=gamma))
        panels = labels(self.drawn(moments))
        self.assertEqual(list(panels)[:3], ["mean of $v$", "variance of $v$", "paths that diverged (%)"])
        runs = sgdflux.read(moments).runs
        np.testing.assert_array_equal(panels["mean of $v$"].lines[0].get_ydata(),
                                      [run.observable("mean.v").value for run in runs])
        for run in runs:
            report = run.report
            report["observables"]["cov.v.v"]["reason"] = "few paths dominate"
            (run.folder / "report.json").write_text(json.dumps(report), encoding="utf-8")
        self.assertIn("clipped variance of $v$", labels(sgdflux.draw(sgdflux.read(moments))))
        ways = synthetic.sweep(place / "ways", "sample", "model.gamma", [0.4, 0.8], lambda folder, gamma:
                               synthetic.sample(folder, 1, "0", gamma=gamma))
        self.assertEqual(list(labels(self.drawn(ways))), ["mean of $v$", "mean of $s$"])

    def test_validation_of_one_variable_with_the_gap_of_sgd(self):
        fig = self.drawn(self.made(synthetic.validate, 1))
        linear, logarithmic, checks, gap = fig.axes
        self.assertEqual([text.get_text() for text in linear.get_legend().get_texts()][:3],
                         ["solver", "paths of the SDE", r"SGD, $\eta$ = $0.01$"])
        self.assertEqual(logarithmic.get_yscale(), "log")
        self.assertEqual(len(checks.get_yticks()), 5)
        self.assertIn("5 checks, all of them agree", fig._suptitle.get_text())
        curves = [line for line in gap.lines if len(line.get_xdata()) > 10]
        for curve, (limit, slope, curvature) in zip(curves, synthetic.GAPS.values()):
            eta = curve.get_xdata()
            np.testing.assert_allclose(curve.get_ydata(), limit + slope * eta + curvature * eta**2, atol=1e-9)

    def test_points_of_a_validation_lie_on_the_density_of_the_derived_quantity(self):
        fig = self.drawn(self.made(synthetic.validate, 1))
        points, _, (bars,) = fig.axes[0].containers[0]
        s = np.log(points.get_xdata())
        expected = np.exp(-2 * s**2) / np.sqrt(np.pi / 2) / points.get_xdata()
        half = np.array([np.ptp(bar[:, 1]) / 2 for bar in bars.get_segments()])
        np.testing.assert_allclose(half, 0.03 * expected, rtol=1e-3, atol=5e-5)
        self.assertLess(np.abs((points.get_ydata() - expected) / half).max(), 4)

    def test_disagreement_lies_beyond_the_line(self):
        fig = self.drawn(self.made(synthetic.validate, 2, True))
        *densities, checks = fig.axes
        self.assertEqual([axes.get_xlabel() for axes in densities], [r"$\theta$", "$v$"])
        (wrong,) = [line for line in checks.lines if line.get_marker() == "X"]
        self.assertEqual(wrong.get_xdata(), 3.0)
        self.assertIn("1 of them disagree: paths.cov.v.v", fig._suptitle.get_text())

    def test_no_tolerance_allows_no_difference(self):
        nothing = {"name": "paths.alive", "difference": 0.0, "tolerance": 0.0}
        self.assertLess(validate.ratio(nothing), 1)
        self.assertGreater(validate.ratio({**nothing, "difference": -1.0}), 1)
        self.assertGreater(validate.ratio({**nothing, "difference": None, "tolerance": 1.0}), 1)

    def test_p_values_are_compared_by_their_logarithms(self):
        self.assertAlmostEqual(validate.ratio(synthetic.P_VALUE), 0.5, places=9)
        self.assertGreater(validate.ratio({**synthetic.P_VALUE, "a": 1e-5}), 1)
        self.assertGreater(validate.ratio({**synthetic.P_VALUE, "a": 0.0}), 1)

    def test_validation_of_all_models_is_a_row_each(self):
        fig = self.drawn(synthetic.suite(Path(self.place.name) / "suite"))
        (rows,) = fig.axes
        self.assertEqual([text.get_text() for text in rows.get_yticklabels()],
                         ["diagonal network", "momentum regression"])
        self.assertEqual(fig._suptitle.get_text(), "10 checks of 2 runs, 1 disagree")


if __name__ == "__main__":
    unittest.main()
