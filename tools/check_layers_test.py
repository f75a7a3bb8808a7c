#!/usr/bin/env python3
"""check_layers.py finds each kind of breach in a small tree, and nothing in a tree without one."""
import os
import tempfile
import unittest

import check_layers

CLEAN = {
    "include/sgdflux/core/a.hpp": "#include <vector>\n#include <Eigen/Core>\nnamespace sgdflux::core {}\n",
    "src/model/b.cpp": '#include "b_detail.hpp"\n#include "sgdflux/core/a.hpp"\nnamespace sgdflux::model {}\n',
    "src/model/b_detail.hpp": "#pragma once\n",
    "src/la/c.cpp": '#include <petscmat.h>\n#include <mpi.h>\n#include "sgdflux/mesh/m.hpp"\n',
    "src/cli/main.cpp": '#include <boost/program_options.hpp>\n#include "cli/d.hpp"\n',
    "src/cli/d.hpp": "#include <nlohmann/json.hpp>\n",
}

BREACHES = {
    "layer model may not use mesh": ("src/model/x.cpp", '#include "sgdflux/mesh/grid.hpp"\n'),
    "layer solve may not use io": ("src/solve/x.cpp", '#  include "sgdflux/io/fields.hpp"\n'),
    "layer theory may not use mesh": ("include/sgdflux/theory/x.hpp", '#include "sgdflux/mesh/grid.hpp"\n'),
    "layer fv may not use PETSc": ("src/fv/x.cpp", "#include <petscmat.h>\n"),
    "layer data may not use MPI": ("src/data/x.cpp", "#include <mpi.h>\n"),
    "layer mesh may not use HDF5": ("src/mesh/x.cpp", '#include "H5Fpublic.h"\n'),
    "private header of layer model": ("src/fv/x.cpp", '#include "model/b_detail.hpp"\n'),
    "private header in a public one": ("include/sgdflux/model/x.hpp", '#include "model/b_detail.hpp"\n'),
    "models never see the registry": ("src/model/x.cpp", '#include "sgdflux/model/registry.hpp"\n'),
    "nlohmann-json may not appear in public": ("include/sgdflux/io/x.hpp", "#include <nlohmann/json.hpp>\n"),
    "Boost may not appear in public": ("include/sgdflux/core/x.hpp", "#include <boost/math/quadrature/gauss.hpp>\n"),
    "may not use Boost.Program_options": ("src/core/x.cpp", "#include <boost/program_options.hpp>\n"),
    "library unknown": ("src/core/x.cpp", "#include <fftw3.h>\n"),
    "opens namespace sgdflux::solve": ("src/observe/x.cpp", "namespace sgdflux::solve { struct Result; }\n"),
    "no such layer": ("src/misc/x.cpp", "int x;\n"),
    "no such public layer": ("include/sgdflux/cli/x.hpp", "int x;\n"),
}


def problems_of(tree):
    with tempfile.TemporaryDirectory() as root:
        for path, text in tree.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as stream:
                stream.write(text)
        return check_layers.problems(root)


class CheckLayers(unittest.TestCase):
    def test_clean_tree_passes(self):
        self.assertEqual(problems_of(CLEAN), [])

    def test_every_breach_is_found_where_it_is(self):
        for words, (path, text) in BREACHES.items():
            with self.subTest(words):
                found = problems_of({**CLEAN, path: text})
                self.assertEqual(len(found), 1, found)
                self.assertIn(words, found[0])
                self.assertTrue(found[0].startswith(path), found[0])

    def test_empty_tree_is_a_problem(self):
        self.assertEqual(len(problems_of({})), 1)

    def test_cycle_in_the_table_is_found(self):
        original = check_layers.LAYERS["core"]
        check_layers.LAYERS["core"] = "mesh"
        try:
            self.assertTrue(any("cycle" in problem for problem in check_layers.table_problems()))
        finally:
            check_layers.LAYERS["core"] = original


if __name__ == "__main__":
    unittest.main()
