#!/usr/bin/python3
"""The problems of benchmark_scale.py are those that they are called, and its figures find their places in the pages."""
import re
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True
import benchmark  # noqa: E402
import benchmark_scale_pages as pages  # noqa: E402
import benchmark_scale_problems as problems  # noqa: E402
from benchmark_scale import finest_solve, tried  # noqa: E402


def ranked(ranks, seconds):
    return {"problem": "well", "order": 2, "cells": 100, "dimension": 2, "unknowns": 10000, "ranks": ranks, "process": seconds,
            "solve": seconds, "bytes": 1e8, "iterations": 9, "covariances": [1.0, 1e-17, 1.0]}


FIGURES = {"ranks": {"cores": 2, "strong": [ranked(1, 2.0), ranked(2, 1.25)], "weak": [ranked(1, 2.0), ranked(2, 2.5)]},
           "measured": {"ranks": {"date": "2026-01-01", "runs": 1}}}


class Problems(unittest.TestCase):
    def test_momentum_has_the_variances_of_the_closed_form(self):
        one = problems.PROBLEMS["momentum"]
        variances = [problems.ETA / (2 * problems.BATCH * (1 - problems.BETA)), 1 / (problems.BATCH * (1 - problems.BETA**2))]
        np.testing.assert_allclose(problems.covariance(one["drift"], one["noise"]), np.diag(variances), rtol=0, atol=1e-15)

    def test_positions_of_correlated_modes_go_with_velocities_of_the_other(self):
        one = problems.PROBLEMS["modes"]
        sigma = problems.covariance(one["drift"], one["noise"])
        self.assertGreater(sigma[0, 3], 1e-3)
        self.assertAlmostEqual(sigma[0, 3], -sigma[1, 2], places=15)

    def test_settings_name_every_axis_on_seven_standard_deviations(self):
        found = re.findall(r"^(\w+) = linear\((\S+), (\S+)\) 40$", problems.settings("momentum", 40), re.M)
        self.assertEqual([name for name, _, _ in found], ["theta", "v"])
        self.assertAlmostEqual(float(found[0][2]), 7 * 0.125)
        self.assertAlmostEqual(float(found[0][1]), -7 * 0.125)


class Reports(unittest.TestCase):
    SOLVES = [{"solver": "LU", "cells": 25, "iterations": 0, "converged": True},
              {"solver": "multigrid", "cells": 100, "iterations": 40, "converged": False},
              {"solver": "LU", "cells": 100, "iterations": 3, "converged": True}]

    def test_the_last_solve_on_the_finest_grid_counts(self):
        self.assertEqual(finest_solve({"solves": self.SOLVES})["iterations"], 3)
        self.assertEqual(tried({"solves": self.SOLVES}), ["multigrid"])


class Pages(unittest.TestCase):
    def test_sections_about_scale_are_the_last_ones(self):
        page = ["# Benchmarks", "", "## Branches", "", *pages.sections(FIGURES)]
        self.assertEqual(benchmark.scale_begins(page), 4)
        self.assertEqual(benchmark.scale_begins(page[:4]), 4)

    def test_speed_up_and_efficiency_are_those_of_the_figures(self):
        text = "\n".join(pages.ranks_section(FIGURES))
        self.assertIn("| 2 | 1.25 | 1.25 | 1.60 |", text)
        self.assertAlmostEqual(pages.efficiency(*FIGURES["ranks"]["weak"]), 0.4)

    def test_the_table_of_ranks_goes_between_its_marks(self):
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "README.md"
            page.write_text("a\n<!-- ranks -->\nold\n<!-- end of ranks -->\nb\n", encoding="utf-8")
            for _ in range(2):
                pages.put_cluster_table(FIGURES, page)
            text = page.read_text(encoding="utf-8")
        self.assertTrue(text.startswith("a\n<!-- ranks -->\n2 cores") and text.endswith("\n<!-- end of ranks -->\nb\n"))
        self.assertNotIn("old", text)
        self.assertEqual(text.count("| strong"), 1)


if __name__ == "__main__":
    unittest.main()
