#!/usr/bin/python3
"""Volumes of scaling_model.py against a count of cells one by one; the tables of the page are those of the script."""
import itertools
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True
import scaling_model as model  # noqa: E402


def needed(receiver, shape, width, corners):
    """Cells that the fluxes of a box read outside of it, in the lattice."""
    found = set()
    reach = [range(max(0, a - width), min(n, b + width)) for (a, b), n in zip(receiver, shape)]
    for cell in itertools.product(*reach):
        outside = sum(not a <= x < b for x, (a, b) in zip(cell, receiver))
        if outside == 1 or corners and outside > 1:
            found.add(cell)
    return found


def owned(box):
    return set(itertools.product(*(range(a, b) for a, b in box)))


class Volumes(unittest.TestCase):
    def test_exchanges_send_the_cells_that_others_read(self):
        for shape, ranks, width in (((12, 9), 6, 2), ((7, 8, 9), 8, 3), ((6, 6, 5, 5), 4, 2)):
            parts = model.split(shape, ranks)
            all_boxes = model.boxes(shape, parts)
            for corners in (False, True):
                for rank, box in enumerate(all_boxes):
                    cells = [len(owned(box) & needed(other, shape, width, corners)) for k, other in enumerate(all_boxes) if k != rank]
                    self.assertEqual(model.sent(all_boxes, rank, width, corners), (sum(c > 0 for c in cells), 8 * sum(cells)))

    def test_formulas_hold_for_ranks_inside(self):
        for shape, parts in (((30, 36), (3, 3)), ((18, 18, 18), (3, 3, 3)), ((18, 6), (3, 1))):
            all_boxes = model.boxes(shape, parts)
            middle = sum((p // 2) * (1 if k + 1 == len(parts) else parts[k + 1] if k + 2 == len(parts) else parts[k + 1] * parts[k + 2])
                         for k, p in enumerate(parts))
            extents = [b - a for a, b in all_boxes[middle]]
            for corners in (False, True):
                self.assertEqual(model.sent(all_boxes, middle, 3, corners), model.inner(extents, 3, corners, parts))

    def test_coarse_cells_are_complete(self):
        current = model.boxes((37, 22), (3, 2))
        cells = [owned(box) for box in model.halved(current)]
        self.assertEqual(sum(map(len, cells)), 19 * 11)
        self.assertEqual(len(set().union(*cells)), 19 * 11)

    def test_one_rank_sends_nothing(self):
        self.assertEqual(model.cycle((1600, 1600), (1, 1), 0)[1:3], (0, 0))


class Page(unittest.TestCase):
    def test_tables_are_those_of_the_script(self):
        text = model.PAGE.read_text(encoding="utf-8")
        self.assertTrue(all(f"<!-- {name} -->" in text for name in model.TABLES))
        self.assertEqual(text, model.with_tables(text))


if __name__ == "__main__":
    unittest.main()
