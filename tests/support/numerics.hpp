#pragma once
/// Small tools of the tests of the numerical layers: models, grids and dense generators. No MPI here.
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/fv/generator.hpp"
#include "sgdflux/model/registry.hpp"

namespace sgdflux::test {

using core::Index;
using Lines = std::vector<std::pair<std::string, std::string>>;

/// A number as text that reads back exactly.
inline std::string number(double value) {
  char text[40];
  static_cast<void>(std::snprintf(text, sizeof text, "%.17g", value));
  return text;
}

/// A model from lines of section [model].
inline std::unique_ptr<model::Sde> make_model(const Lines& lines) {
  core::Settings settings;
  for (const auto& [key, value] : lines) {
    settings.set("model." + key, value, "test");
  }
  return model::make(settings);
}

/// Axes from the values of [mesh] lines, one per variable of the model.
inline std::vector<mesh::AxisSpec> make_mesh(const model::Sde& sde, const std::vector<std::string>& texts) {
  std::vector<mesh::AxisSpec> specs;
  for (std::size_t d = 0; d < texts.size(); ++d) {
    specs.push_back(mesh::parse_axis(sde.variables()[d], texts[d]));
  }
  return specs;
}

inline mesh::Grid make_grid(const model::Sde& sde, const std::vector<std::string>& texts) {
  const auto specs = make_mesh(sde, texts);
  return mesh::Grid({specs.begin(), specs.end()});
}

/// linear(−reach·σ, reach·σ) cells.
inline std::string symmetric_axis(double sigma, double reach, Index cells) {
  return "linear(" + number(-reach * sigma) + ", " + number(reach * sigma) + ") " + std::to_string(cells);
}

/// The box of all cells of a grid.
inline mesh::Box whole(const mesh::Grid& grid) {
  mesh::Box box;
  box.upper = grid.shape();
  return box;
}

inline fv::Generator make_generator(const model::Sde& sde, const mesh::Grid& grid, const fv::Scheme& scheme) {
  return fv::generator(fv::discretise(sde, grid, scheme, whole(grid)), whole(grid));
}

/// The generator of a whole grid as a matrix, cells in C order; entries that leave the lattice at a wall must be zero.
inline Eigen::MatrixXd dense(const mesh::Grid& grid, const fv::Generator& generator) {
  const mesh::Box box = whole(grid);
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Zero(box.cells(), box.cells());
  for (Index row = 0; row < box.cells(); ++row) {
    for (std::size_t k = 0; k < generator.offsets.size(); ++k) {
      mesh::Cell cell = box.cell(row);
      for (int d = 0; d < grid.dimension(); ++d) {
        cell[d] += generator.offsets[k][d];
        cell[d] = grid.axis(d).periodic() ? (cell[d] + grid.axis(d).cells()) % grid.axis(d).cells() : cell[d];
      }
      const double value = generator.values(row, static_cast<Eigen::Index>(k));
      if (box.contains(cell)) {
        matrix(row, box.position(cell)) += value;
      } else {
        EXPECT_EQ(value, 0) << "an entry reaches through a wall";
      }
    }
  }
  return matrix;
}

inline Eigen::MatrixXd dense(const model::Sde& sde, const mesh::Grid& grid, const fv::Scheme& scheme) {
  return dense(grid, make_generator(sde, grid, scheme));
}

/// dx = −A(x − c)dt + s dW with random entries; A is shifted until it is stable. Noise is diagonal on request.
inline std::unique_ptr<model::Sde> random_relaxation(int dim, bool diagonal_noise, std::mt19937& random) {
  std::normal_distribution<double> normal;
  std::string drift;
  std::string noise;
  std::string center;
  for (int i = 0; i < dim; ++i) {
    for (int j = 0; j < dim; ++j) {
      drift += number(normal(random) + (i == j ? 2. + dim : 0.)) + (j + 1 < dim ? " " : "; ");
      const double factor = normal(random);
      noise += number(i == j ? factor + 1 : diagonal_noise ? 0 : 0.5 * factor) + (j + 1 < dim ? " " : "; ");
    }
    center += number(0.3 * normal(random)) + " ";
  }
  drift.resize(drift.size() - 2);
  noise.resize(noise.size() - 2);
  return make_model(
      {{"name", "ornstein-uhlenbeck"}, {"drift_matrix", drift}, {"noise_matrix", noise}, {"center", center}});
}

/// A formula model with nonlinear drift and multiplicative noise, smooth on ℝ; correlated noise on request.
/// `steepness` multiplies the drift, `quiet` lets the noise vanish on planes.
struct FormulaRecipe {
  int dimension = 1;
  bool correlated = false;
  bool quiet = false;
  double steepness = 1;
};

inline std::unique_ptr<model::Sde> random_formulas(const FormulaRecipe& recipe, std::mt19937& random) {
  std::normal_distribution<double> normal;
  const auto name = [](int d) { return "x" + std::to_string(d + 1); };
  std::string variables;
  Lines lines{{"name", "formula"}};
  for (int d = 0; d < recipe.dimension; ++d) {
    const std::string x = name(d);
    const std::string y = name((d + 1) % recipe.dimension);
    variables += x + " ";
    lines.emplace_back("drift." + x, number(recipe.steepness) + "*(" + number(normal(random)) + "*sin(2*" + y + ") + " +
                                         number(normal(random)) + "*cos(" + x + ") - " + x + "^3 + " +
                                         number(normal(random)) + "*" + y + ")");
    const std::string level = recipe.quiet ? "0" : number(.2 + std::abs(normal(random)));
    lines.emplace_back("noise." + x + "." + std::to_string(d + 1),
                       level + " + " + number(.1 + std::abs(normal(random))) + "*sin(" + x + ")^2");
    if (recipe.correlated && recipe.dimension > 1) {
      lines.emplace_back("noise." + x + "." + std::to_string((d + 1) % recipe.dimension + 1),
                         number(.3 * normal(random)) + "*cos(" + y + ")");
    }
  }
  lines.emplace_back("variables", variables);
  return make_model(lines);
}

/// The message of the core::Error that `work` ends in; fails the test when there is none.
template <class Work>
std::string error_of(const Work& work) {
  try {
    work();
  } catch (const core::Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "no error was thrown";
  return {};
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace sgdflux::test
