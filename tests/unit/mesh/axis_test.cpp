#include "sgdflux/mesh/axis.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/mesh/grid.hpp"

namespace sgdflux::mesh {
namespace {

std::string refusal_of(const std::string& text, const std::map<std::string, double>& constants = {}) {
  try {
    static_cast<void>(parse_axis("s", text, constants));
  } catch (const core::SettingsError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(ParseAxis, LinearWithoutBoundaryIsTruncated) {
  const auto spec = parse_axis("s", "linear(-92, 21) 800");
  EXPECT_EQ(spec.name, "s");
  EXPECT_EQ(spec.map, "linear");
  EXPECT_EQ(spec.arguments, (std::vector<double>{-92, 21}));
  EXPECT_EQ(spec.cells, 800);
  EXPECT_EQ(spec.lower, Boundary::truncated);
  EXPECT_EQ(spec.upper, Boundary::truncated);
}

TEST(ParseAxis, OneBoundaryHoldsForBothEndsTwoAreLowerAndUpper) {
  const auto one = parse_axis("x", "sinh(-5, 5, 0.5) 128 reflecting");
  EXPECT_EQ(one.lower, Boundary::reflecting);
  EXPECT_EQ(one.upper, Boundary::reflecting);
  const auto two = parse_axis("x", "log(0.1, 5) 128 absorbing truncated");
  EXPECT_EQ(two.lower, Boundary::absorbing);
  EXPECT_EQ(two.upper, Boundary::truncated);
}

TEST(ParseAxis, NumbersMayBeFormulasOfConstants) {
  const auto ring = parse_axis("x", " linear( 0 , 2*pi ) 2*n periodic ", {{"n", 64}});
  EXPECT_DOUBLE_EQ(ring.arguments[1], 2 * std::numbers::pi);
  EXPECT_EQ(ring.cells, 128);
  const auto nested = parse_axis("x", "sinh(-max(w, 2), (1 + w), w/2, 0) (n + 1) reflecting", {{"w", 3}, {"n", 9}});
  EXPECT_EQ(nested.arguments, (std::vector<double>{-3, 4, 1.5, 0}));
  EXPECT_EQ(nested.cells, 10);
}

TEST(ParseAxis, AutomaticHasNoBounds) {
  const auto spec = parse_axis("s", "auto 800");
  EXPECT_TRUE(spec.automatic());
  EXPECT_TRUE(spec.arguments.empty());
  EXPECT_THROW(static_cast<void>(Axis(spec)), core::InternalError);
}

TEST(ParseAxis, WrittenLineReadsBackExactly) {
  for (const std::string text : {"auto 800", "linear(-92, 21) 800", "sinh(-1/3, 1e-9, 0.1, -0.2) 7 reflecting",
                                 "log(1e-300, 1e300) 12 truncated absorbing", "tanh(-pi, pi, 2.5) 64 absorbing",
                                 "linear(0, 2*pi) 16 periodic"}) {
    const auto spec = parse_axis("x", text);
    const auto again = parse_axis("x", spec.to_string());
    EXPECT_EQ(again.map, spec.map) << text;
    EXPECT_EQ(again.arguments, spec.arguments) << text;
    EXPECT_EQ(again.cells, spec.cells) << text;
    EXPECT_EQ(again.lower, spec.lower) << text;
    EXPECT_EQ(again.upper, spec.upper) << text;
  }
  EXPECT_EQ(parse_axis("x", "linear(0,1)  8   reflecting  reflecting").to_string(), "linear(0, 1) 8 reflecting");
}

TEST(ParseAxis, RefusalsNameAxisWordAndRange) {
  const std::string form = "expected MAP(lower, upper[, shape]) CELLS [BOUNDARY [BOUNDARY]] or auto CELLS";
  EXPECT_EQ(refusal_of(""), "mesh.s is empty, " + form);
  EXPECT_EQ(refusal_of("(0, 1) 8"), "mesh.s = (0, 1) 8: no map is named, " + form);
  EXPECT_EQ(refusal_of("linaer(0, 1) 8"), "mesh.s = linaer(0, 1) 8: unknown map 'linaer'; did you mean 'linear'?");
  EXPECT_EQ(refusal_of("auot 8"), "mesh.s = auot 8: unknown map 'auot'; did you mean 'auto'?");
  EXPECT_EQ(refusal_of("auto(0, 1) 8"), "mesh.s = auto(0, 1) 8: auto takes no bounds, expected auto CELLS");
  EXPECT_EQ(refusal_of("linear 8"), "mesh.s = linear 8: map linear has no bounds, expected linear(lower, upper) CELLS");
  EXPECT_EQ(refusal_of("linear(0, 1 8"), "mesh.s = linear(0, 1 8: a closing bracket is missing, " + form);
  EXPECT_EQ(refusal_of("linear(0, 1)"), "mesh.s = linear(0, 1): the number of cells is missing, " + form);
  EXPECT_EQ(refusal_of("linear(0, 1) reflecting"),
            "mesh.s = linear(0, 1) reflecting: the number of cells is missing, " + form);
  EXPECT_EQ(refusal_of("linear(0, ) 8"), "mesh.s = linear(0, ) 8: the upper bound is empty, " + form);
  EXPECT_EQ(refusal_of("linear(0, 1) 0"), "mesh.s = linear(0, 1) 0: number of cells 0, allowed is an integer ≥ 1");
  EXPECT_EQ(refusal_of("linear(0, 1) -3"), "mesh.s = linear(0, 1) -3: number of cells -3, allowed is an integer ≥ 1");
  EXPECT_EQ(refusal_of("linear(0, 1) 8.5"),
            "mesh.s = linear(0, 1) 8.5: number of cells 8.5, allowed is an integer ≥ 1");
  EXPECT_EQ(refusal_of("linear(0, 1) 8 reflectng"),
            "mesh.s = linear(0, 1) 8 reflectng: unknown boundary 'reflectng'; did you mean 'reflecting'?");
  EXPECT_EQ(refusal_of("linear(0, 1) 8 reflecting absorbing periodic"),
            "mesh.s = linear(0, 1) 8 reflecting absorbing periodic: 'periodic' is one word too many, " + form);
}

TEST(ParseAxis, RefusalsOfBoundsAndPeriodicity) {
  EXPECT_EQ(refusal_of("linear(21, -92) 800"), "mesh.s: lower bound 21 must be less than upper bound -92");
  EXPECT_EQ(refusal_of("log(-1, 5) 8"), "mesh.s: map log got lower bound -1, allowed is lower > 0");
  EXPECT_EQ(refusal_of("linear(0, 1) 8 periodic reflecting"),
            "mesh.s: periodic on one end only (the other is reflecting), periodic must be on both ends");
  EXPECT_EQ(refusal_of("auto 8 periodic"), "mesh.s: periodic needs bounds such as linear(0, 2*pi), auto has none");
}

TEST(ParseAxis, RefusalsOfFormulasNameTheNumber) {
  EXPECT_EQ(refusal_of("linear(0, 2*widht) 8", {{"width", 3}}).substr(0, 19), "mesh.s, upper bound");
  EXPECT_NE(refusal_of("linear(0, 2*widht) 8", {{"width", 3}}).find("width'"), std::string::npos);
  EXPECT_EQ(refusal_of("linear(log(0), 1) 8").substr(0, 19), "mesh.s, lower bound");
}

TEST(Axis, CellsAreUniformInTheMappedCoordinate) {
  const Axis axis(parse_axis("x", "sinh(-5, 5, 0.5) 10"));
  EXPECT_NEAR(axis.spacing(), 2 * std::asinh(10.0) / 10, 1e-15);
  EXPECT_NEAR(axis.centre(0), axis.face(0) + 0.5 * axis.spacing(), 1e-15);
  const auto faces = axis.faces();
  const auto centres = axis.centres();
  ASSERT_EQ(faces.size(), 11);
  ASSERT_EQ(centres.size(), 10);
  EXPECT_NEAR(faces(0), -5, 1e-14);
  EXPECT_NEAR(faces(5), 0, 1e-14);
  EXPECT_NEAR(faces(10), 5, 1e-14);
  EXPECT_TRUE((faces.head(10) < centres).all() && (centres < faces.tail(10)).all());
}

TEST(Axis, BoundsThatADoubleCannotResolveAreRefused) {
  EXPECT_THROW(static_cast<void>(Axis(AxisSpec{"x", "sinh", {1, 1 + 2e-16, 1e300, -1e300}, 4})), core::SettingsError);
}

TEST(Grid, SizesAndVolume) {
  const Grid grid({Axis(parse_axis("x", "linear(0, 1) 4")), Axis(parse_axis("y", "linear(0, 3) 6"))});
  EXPECT_EQ(grid.dimension(), 2);
  EXPECT_EQ(grid.cells(), 24);
  EXPECT_EQ(grid.shape(), (Cell{4, 6, 1, 1}));
  EXPECT_DOUBLE_EQ(grid.cell_volume(), 0.125);
}

TEST(Grid, RefusesWrongNumberOfAxesTwiceTheSameAndTooManyCells) {
  const auto axis = [](const std::string& name, const std::string& text) { return Axis(parse_axis(name, text)); };
  EXPECT_THROW(Grid({}), core::SettingsError);
  EXPECT_THROW(Grid({axis("a", "linear(0,1) 2"), axis("b", "linear(0,1) 2"), axis("c", "linear(0,1) 2"),
                     axis("d", "linear(0,1) 2"), axis("e", "linear(0,1) 2")}),
               core::SettingsError);
  EXPECT_THROW(Grid({axis("a", "linear(0,1) 2"), axis("a", "linear(0,1) 2")}), core::SettingsError);
  try {
    const Grid grid({axis("a", "linear(0,1) 65536"), axis("b", "linear(0,1) 65536")});
    ADD_FAILURE() << "accepted";
  } catch (const core::SettingsError& error) {
    EXPECT_STREQ(error.what(), "mesh: 65536 × 65536 cells, allowed are at most 2147483648 in all");
  }
  EXPECT_EQ(Grid({axis("a", "linear(0,1) 65536"), axis("b", "linear(0,1) 32768")}).cells(), 2147483648);
}

TEST(Axis, PeriodicNeedsTheLinearMap) {
  try {
    static_cast<void>(Axis(parse_axis("x", "log(1, 3) 100 periodic")));
    ADD_FAILURE() << "log is not smooth where the ends of a ring meet";
  } catch (const core::SettingsError& error) {
    EXPECT_NE(std::string(error.what()).find("needs the map linear"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace sgdflux::mesh
