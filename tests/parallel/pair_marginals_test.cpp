/// Marginals of pairs of variables, with and without the fields that they are made of, on any number of ranks.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"
#include "sgdflux/study/stationary.hpp"
#include "support/numerics.hpp"

namespace sgdflux::study {
namespace {

const MPI_Comm world = MPI_COMM_WORLD;

StationaryAnswer rotation(bool fields) {
  const auto sde = test::make_model({{"name", "ornstein-uhlenbeck"},
                                     {"drift_matrix", "1 -1.5 0; 1.5 1 .3; 0 -.2 .8"},
                                     {"noise_matrix", "1 0 0; 0 .8 0; .2 0 1.1"}});
  StationaryOptions options;
  options.mesh = test::make_mesh(*sde, {"linear(-3.6, 3.6) 15", "sinh(-3.3, 3.5, 2) 14", "linear(-4, 4) 13"});
  options.flux = "order4";
  options.estimate = false;
  options.fields = fields;
  return stationary(world, *sde, options);
}

template <class Entry>
const Entry& at(const std::vector<Entry>& list, const std::string& path) {
  return *std::find_if(list.begin(), list.end(), [&](const Entry& entry) { return entry.path == path; });
}

Eigen::ArrayXd widths(const mesh::AxisSpec& spec) {
  const mesh::Axis axis(spec);
  return axis.spacing() *
         axis.map().slope(Eigen::ArrayXd::NullaryExpr(axis.cells(), [&](Eigen::Index i) { return axis.centre(i); }));
}

/// A field in the variables, integrated over axis `over` of three, cell by cell.
Eigen::ArrayXd integrated(const Field& field, std::size_t over, const Eigen::ArrayXd& width) {
  const std::size_t d = over == 0 ? 1 : 0;
  const std::size_t e = over == 2 ? 1 : 2;
  Eigen::ArrayXd sums = Eigen::ArrayXd::Zero(field.shape[d] * field.shape[e]);
  for (core::Index i = 0; i < field.box.cells(); ++i) {
    const mesh::Cell cell = field.box.cell(i);
    sums(cell[d] * field.shape[e] + cell[e]) += field.values[static_cast<std::size_t>(i)] * width(cell[over]);
  }
  la::sum(world, sums);
  return sums;
}

Eigen::ArrayXd numbers(const Array& array) {
  return Eigen::Map<const Eigen::ArrayXd>(array.values.data(), static_cast<Eigen::Index>(array.values.size()));
}

TEST(PairMarginals, HoldTheDensityAndTheCurrentOfTheFieldsIntegrated) {
  const StationaryAnswer answer = rotation(true);
  const std::vector<std::string> names{"x1", "x2", "x3"};
  for (std::size_t over = 0; over < 3; ++over) {
    const std::size_t d = over == 0 ? 1 : 0;
    const std::size_t e = over == 2 ? 1 : 2;
    const std::string pair = names[d] + "." + names[e];
    const Eigen::ArrayXd width = widths(answer.mesh[over]);
    for (const std::size_t along : {d, e}) {
      const Eigen::ArrayXd expected = integrated(at(answer.fields, "current/" + names[along]), over, width);
      const Array& found = at(answer.arrays, "marginal_current/" + pair + "/" + names[along]);
      ASSERT_EQ(numbers(found).size(), expected.size());
      EXPECT_EQ(found.shape[along == d ? 0 : 1], answer.mesh[along].cells + 1);
      EXPECT_LT((numbers(found) - expected).abs().maxCoeff(), 1e-14 * expected.abs().maxCoeff()) << pair;
    }
    const Eigen::ArrayXd density = integrated(at(answer.fields, "density"), over, width);
    const Eigen::ArrayXd mass = numbers(at(answer.arrays, "marginal/" + pair));
    EXPECT_NEAR(mass.sum(), 1, 1e-12);
    const Eigen::ArrayXd a = widths(answer.mesh[d]);
    const Eigen::ArrayXd b = widths(answer.mesh[e]);
    for (Eigen::Index i = 0; i < mass.size(); ++i) {
      EXPECT_NEAR(mass(i), density(i) * a(i / b.size()) * b(i % b.size()), 1e-16);
    }
  }
}

TEST(PairMarginals, AreThereWithoutFieldsAndAllNumbersAreTheSame) {
  const StationaryAnswer with = rotation(true);
  const StationaryAnswer without = rotation(false);
  EXPECT_TRUE(without.fields.empty());
  ASSERT_EQ(with.arrays.size(), without.arrays.size());
  for (std::size_t k = 0; k < with.arrays.size(); ++k) {
    EXPECT_EQ(with.arrays[k].path, without.arrays[k].path);
    const Eigen::ArrayXd change = numbers(with.arrays[k]) - numbers(without.arrays[k]);  // MUMPS rounds as it likes
    EXPECT_LT(change.abs().maxCoeff(), 1e-11) << with.arrays[k].path;
  }
  for (const auto& [name, estimate] : with.observables) {
    ASSERT_EQ(estimate.value.has_value(), without.observables.at(name).value.has_value()) << name;
    if (estimate.value) {
      EXPECT_NEAR(*estimate.value, *without.observables.at(name).value, 1e-11) << name;
    }
  }
}

}  // namespace
}  // namespace sgdflux::study
