#!/usr/bin/python3
"""Synthetic results of `continue` and of sweeps over two settings, read back and drawn."""
import json
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import numpy as np  # noqa: E402

import sgdflux  # noqa: E402
import synthetic  # noqa: E402
import synthetic_branch  # noqa: E402
from draw_test import Folders, labels  # noqa: E402
from sgdflux import continuation, diagram, grid, waterfall  # noqa: E402
from sgdflux.branch import Branch  # noqa: E402
from sgdflux.style import BLUE, INK, VERMILION  # noqa: E402
from sgdflux.title import varying  # noqa: E402


def texts(legend):
    return [text.get_text() for text in legend.get_texts()]


def legends(fig):
    """What all legends of a figure and its parts say."""
    parts = [fig, *fig.subfigs, *fig.axes]
    listed = [legend for part in parts for legend in getattr(part, "legends", [])]
    listed += [axes.get_legend() for axes in fig.axes if axes.get_legend()]
    return [text for legend in listed for text in texts(legend)]


def coloured(axes, color):
    return [line for line in axes.lines if line.get_color() == color]


class Branches(Folders):
    def place_of(self, name=""):
        return Path(self.place.name) / self.id().rpartition(".")[2] / name

    def drawn(self, folder):
        self.picture(folder)
        return sgdflux.draw(sgdflux.read(folder))

    def test_points_without_a_density_are_gaps_with_nothing_invented(self):
        branch = Branch(sgdflux.read(synthetic_branch.line(self.place_of("line"))))
        curve = branch.curve("cov.x.x")
        np.testing.assert_allclose(curve.value[branch.at < 0.5], branch.at[branch.at < 0.5])
        self.assertTrue(np.isnan(curve.value[branch.at > 0.5]).all())
        self.assertEqual(branch.refused.sum(), np.isnan(curve.value).sum())
        np.testing.assert_array_equal(curve.error[:3], 0.02)
        np.testing.assert_array_equal(curve.slope[:3], 1)
        self.assertTrue(np.isnan(branch.curve("mean.x").slope).all())
        with self.assertRaisesRegex(sgdflux.ResultsError, "no observable 'mean.w', only mean.x, cov.x.x"):
            branch.curve("mean.w")

    def test_densities_of_points_are_stationary_results(self):
        branch = Branch(sgdflux.read(synthetic_branch.line(self.place_of("line"))))
        self.assertEqual(len(branch.densities), branch.solved.sum())
        for D, state in branch.densities:
            curve = state.curve("x")
            self.assertAlmostEqual(np.sum(curve.mass * curve.value**2), D, delta=1e-3)

    def test_observables_have_bands_tangents_and_events(self):
        for downwards in (False, True):
            folder = synthetic_branch.line(self.place_of(f"{downwards}"), downwards=downwards)
            fig = self.drawn(folder)
            panel = labels(fig)["variance of $x$"]
            self.assertNotIn("mean of $x$", labels(fig))  # which is 0 everywhere
            np.testing.assert_allclose(sorted(x for line in panel.lines for x in set(line.get_xdata())
                                              if line.get_color() not in (BLUE, INK)), [0.28, 0.5])
            for tangent in coloured(panel, INK):
                self.assertAlmostEqual(np.diff(tangent.get_ydata())[0] / np.diff(tangent.get_xdata())[0], 1)
            band = panel.collections[0].get_paths()[0].vertices
            self.assertAlmostEqual(np.interp(0.25, *band[np.argsort(band[:, 0], kind="stable")].T), 0.25, delta=0.021)
            self.assertAlmostEqual(np.ptp(band[np.isclose(band[:, 0], 0.25), 1]), 0.04)
            said = legends(fig)
            for wanted in ("error estimate", "sensitivity (slope)", "no stationary density",
                           "mode vanishes: $D$ = $0.28$", "edge of normalisability: $D$ = $0.5$"):
                self.assertIn(wanted, said)

    def test_shade_without_a_density_begins_at_the_located_edge(self):
        for downwards in (False, True):
            branch = Branch(sgdflux.read(synthetic_branch.line(self.place_of(f"{downwards}"), downwards=downwards)))
            (gap,) = continuation.gaps(branch)
            np.testing.assert_allclose(gap, (0.5, 0.6))

    def test_waterfall_stands_on_the_values_of_the_parameter(self):
        fig = self.drawn(synthetic_branch.line(self.place_of("line")))
        offset = next(axes for name, axes in labels(fig).items() if "each over its height" in name)
        branch = Branch(sgdflux.read(self.place_of("line")))
        curves = coloured(offset, BLUE)
        np.testing.assert_allclose([curve.get_ydata().min() for curve in curves], branch.at[branch.solved], atol=1e-3)
        heights = [np.ptp(curve.get_ydata()) for curve in curves]
        np.testing.assert_allclose(heights, waterfall.RISE * 0.05, rtol=2e-3)
        x, density = curves[3].get_xdata(), curves[3].get_ydata() - branch.at[3]
        shape = np.exp(-x**2 / (2 * branch.at[3]))
        np.testing.assert_allclose(density / density.max(), shape, atol=2e-3)

    def test_map_is_the_logarithm_of_each_density(self):
        pairs = [(D, state.curve("x")) for D, state in
                 Branch(sgdflux.read(synthetic_branch.line(self.place_of("line")))).densities]
        x = np.linspace(-2, 2, 41)
        for D, curve in pairs:
            expected = np.clip(-x**2 / (2 * D) / np.log(10), -waterfall.DEPTH, 0)
            np.testing.assert_allclose(waterfall.depth(curve, x, (-2, 2)), expected, atol=2e-3)
        kept = waterfall.thinned(pairs, 5)
        self.assertEqual(len(np.unique(np.round(np.diff([D for D, _ in kept]), 9))), 1)

    def test_eigenvalues_keep_their_colours_through_the_event(self):
        fig = self.drawn(synthetic_branch.oscillator(self.place_of("plane")))
        real, imaginary = (labels(fig)[name] for name in (r"$\mathrm{Re}\,\lambda$  (per unit time)",
                                                          r"$\mathrm{Im}\,\lambda$  (radians per unit time)"))
        (upper,) = coloured(imaginary, BLUE)
        gamma = upper.get_xdata()
        np.testing.assert_allclose(upper.get_ydata(), np.emath.sqrt(gamma**2 / 4 - 1).imag, atol=1e-12)
        (lower,) = coloured(real, VERMILION)
        np.testing.assert_allclose(lower.get_ydata(), np.real(-gamma / 2 - np.emath.sqrt(gamma**2 / 4 - 1)), atol=1e-9)
        self.assertIn("real to complex: $\\gamma$ = $2$", legends(fig))
        self.assertEqual([text for text in legends(fig) if text.startswith("branch")],
                         ["branch 1", "branch 2", "branch 3"])

    def test_densities_of_two_variables_share_their_axes(self):
        fig = self.drawn(synthetic_branch.oscillator(self.place_of("plane")))
        small = [axes for axes in fig.axes if axes.get_title().startswith("$\\gamma$")]
        self.assertEqual(len(small), waterfall.SMALL)
        self.assertEqual((small[0].get_title(), small[-1].get_title()),
                         ("$\\gamma$ = $0.4$", "$\\gamma$ = $3.2$"))
        self.assertEqual(len({axes.get_xlim() for axes in small}), 1)
        bare = self.drawn(synthetic_branch.oscillator(self.place_of("bare"), densities=False))
        self.assertEqual(len(bare.axes), 3)

    def test_branches_of_a_sweep_and_their_events_over_both_parameters(self):
        folder = synthetic.sweep(self.place_of("sweep"), "continue", "model.scale", [0.5, 1.0, 2.0],
                                 lambda folder, scale: synthetic_branch.line(folder, scale))
        fig = self.drawn(folder)
        variances = [line for line in labels(fig)["variance of $x$"].lines if len(line.get_xdata()) > 2]
        for curve, scale in zip(variances, (0.5, 1, 2)):
            use = curve.get_xdata() < 0.5
            np.testing.assert_allclose(curve.get_ydata()[use], scale * curve.get_xdata()[use])
        regimes = labels(fig)["$D$"]
        self.assertEqual(regimes.get_xlabel(), r"$\mathrm{scale}$")
        self.assertEqual({text.get_text() for text in regimes.texts},
                         {"before all events", "mode vanishes", "no stationary density"})
        for line in regimes.lines:
            self.assertIn(np.unique(line.get_ydata()), (0.28, 0.5))


class Diagrams(Folders):
    def branch(self):
        folder = Path(self.place.name) / self.id().rpartition(".")[2]
        return folder, Branch(sgdflux.read(synthetic_branch.lines(folder)))

    def test_regimes_are_told_apart_by_what_has_been_passed(self):
        _, branch = self.branch()
        kinds = ["normalisability", "origin-diverges", "mode-vanishes"]
        for sigma, T, passed in ((0.5, 0.1, 0), (0.5, 0.3, 0b10), (1.0, 0.15, 0b10), (1.0, 0.25, 0b110),
                                 (1.0, 0.4, 0b1000), (0.83, 0.37, 0b110)):
            codes, found = diagram.regimes(diagram.completed(branch), np.array([sigma]), np.array([T]))
            self.assertEqual((found, codes[0, 0]), (kinds, passed), (sigma, T))
        below, _ = diagram.regimes(branch.lines, np.array([1.0]), np.array([0.25, 0.4]), above=False)
        self.assertEqual(below.ravel().tolist(), [0b1000, 0b110])

    def test_diagram_has_lines_names_and_the_crossing(self):
        folder, branch = self.branch()
        self.picture(folder)
        (axes,) = sgdflux.draw(sgdflux.read(folder)).axes
        self.assertEqual((axes.get_xlabel(), axes.get_ylabel()), (r"$\sigma$", "$T$"))
        self.assertEqual({text.get_text() for text in axes.texts},
                         {"before all events", "density at 0 diverges", "density at 0 diverges\nmode vanishes",
                          "no stationary density", "$\\sigma$ = $0.8239$\n$T$ = $0.3733$"})
        edge, _, mode, ring = axes.lines
        np.testing.assert_allclose(edge.get_ydata(), synthetic_branch.critical(edge.get_xdata())[0])
        self.assertEqual(mode.get_xdata()[0], synthetic_branch.CROSSING)
        self.assertEqual(np.ravel(ring.get_data())[0], synthetic_branch.CROSSING)
        names = {frozenset(): "ordered"}
        self.assertEqual(diagram.title(0, ["normalisability"], names), "ordered")

    def test_names_stand_inside_their_regimes(self):
        ring = np.zeros((60, 60), bool)
        ring[5:55, 5:55] = True
        ring[15:50, 15:50] = False
        row, column = diagram.roomiest(ring)
        self.assertTrue(ring[row, column])


class Grids(Folders):
    def made(self):
        """Spectra of the oscillator over gamma and over a number that changes nothing; one of them is refused."""
        folder, entries = Path(self.place.name) / self.id().rpartition(".")[2], []
        for number, (gamma, other) in enumerate(((g, o) for g in (0.4, 1.0, 2.5) for o in (1.0, 2.0)), 1):
            refused = (gamma, other) == (2.5, 2.0)
            entries.append({"directory": f"{number:04d}", "settings": {"model.gamma": gamma, "model.other": other},
                            "verdict": "no-stationary-density" if refused else "converged", "exit_code": 5 * refused})
            synthetic.spectrum_plane(folder / f"{number:04d}", gamma)
        path = folder / "0006" / "report.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "verdict": "no-stationary-density",
                                    "eigenvalues": []}), encoding="utf-8")
        report = synthetic.report("spectrum", [], runs=entries)
        (folder / "report.json").write_text(json.dumps(report), encoding="utf-8")
        return folder

    def test_numbers_stand_where_their_settings_are(self):
        sweep = sgdflux.read(self.made())
        found = grid.numbers(sweep)
        np.testing.assert_allclose(found["decay"], [[0.2, 0.5, 0.5], [0.2, 0.5, np.nan]])
        np.testing.assert_allclose(found["frequency"][0, :2], np.sqrt(1 - np.array([0.4, 1.0])**2 / 4))
        self.assertEqual(list(grid.hatches(sweep)), ["no-stationary-density"])

    def test_map_shows_refusals_and_their_border(self):
        folder = self.made()
        self.picture(folder)
        fig = sgdflux.draw(sgdflux.read(folder))
        maps = [axes for axes in fig.axes if axes.get_title()]
        self.assertEqual([axes.get_title() for axes in maps],
                         [r"decay rate $-\mathrm{Re}\,\lambda_1$", r"frequency $|\mathrm{Im}\,\lambda_1|$"])
        self.assertEqual((maps[0].get_xlabel(), maps[0].get_ylabel()), (r"$\gamma$", r"$\mathrm{other}$"))
        (hatched,) = maps[0].patches
        np.testing.assert_allclose(hatched.get_xy(), (np.sqrt(2.5), 1.5))
        self.assertEqual(len(maps[0].lines), 2)
        self.assertEqual(legends(fig), ["no stationary density"])

    def test_events_of_branches_are_maps_too(self):
        folder, entries = Path(self.place.name) / "events", []
        for number, (scale, other) in enumerate(((s, o) for s in (0.5, 2.0) for o in (1.0, 2.0)), 1):
            entries.append({"directory": f"{number:04d}", "settings": {"model.scale": scale, "model.other": other},
                            "verdict": "no-stationary-density", "exit_code": 5})
            synthetic_branch.line(folder / f"{number:04d}", scale)
        synthetic_branch.save(folder, synthetic.report("continue", [], runs=entries))
        self.picture(folder)
        found = grid.numbers(sgdflux.read(folder))
        np.testing.assert_array_equal(found["$D$: mode vanishes"], np.full((2, 2), 0.28))
        np.testing.assert_array_equal(found["$D$: edge of normalisability"], np.full((2, 2), 0.5))

    def test_words_have_no_place_on_axes(self):
        folder = self.made()
        path = folder / "report.json"
        path.write_text(path.read_text().replace('"model.other": 1.0', '"model.other": "rough"'), encoding="utf-8")
        self.assertIn("which are not both numbers", self.refusal(folder))

    def test_cells_reach_halfway(self):
        np.testing.assert_allclose(grid.edges(np.array([1.0, 2, 4]))[0], np.sqrt([0.5, 2, 8, 32]))
        self.assertEqual(grid.edges(np.array([1.0, 2, 4]))[1], "log")
        np.testing.assert_allclose(grid.edges(np.array([1.0, 2, 3]))[0], [0.5, 1.5, 2.5, 3.5])
        self.assertEqual(grid.edges(np.array([1.0, 2, 3]))[1], "linear")


class Words(Folders):
    def test_title_leaves_out_what_changes_with_the_parameter(self):
        folder = synthetic_branch.line(Path(self.place.name) / "line")
        results = sgdflux.read(folder)
        results.report["settings"] |= {"parameters.k": "2", "model.gamma": "2*k^2", "model.D": "3", "model.name": "k"}
        self.assertEqual(varying(results, ["parameters.k"]), {"gamma"})
        self.assertEqual(varying(results, ["model.D"]), {"D"})

    def test_refuses_damaged_reports_in_one_sentence(self):
        cases = [(lambda r: r.pop("parameter"), "has no 'parameter'"),
                 (lambda r: r.update(points=[]), "'points' is not a list of entries with 'parameter'"),
                 (lambda r: r.update(points=[{"parameter": 1, "verdict": "no-stationary-density"}]), "nothing to draw"),
                 (lambda r: r["points"][0].update(fields="points/0099.h5"), "0099.h5 cannot be read"),
                 (lambda r: r.update(verdict="interrupted", reason="why"), "interrupted: why")]
        for number, (damage, said) in enumerate(cases):
            folder = synthetic_branch.line(Path(self.place.name) / f"damaged{number}")
            path = folder / "report.json"
            report = json.loads(path.read_text(encoding="utf-8"))
            damage(report)
            path.write_text(json.dumps(report), encoding="utf-8")
            with self.subTest(said):
                self.assertIn(said, self.refusal(folder))


if __name__ == "__main__":
    unittest.main()
