#include "triangular_sylvester.hpp"

#include <array>

namespace sgdflux::la {
namespace {

using Eigen::Index;

constexpr Index leaf_size = 16;  ///< one vector register of AVX-512

/// Where to cut a matrix in half without cutting a 2 × 2 block.
Index middle(const ConstFloatBlock& t) {
  const Index half = t.rows / 2;
  return t.data[half + (half - 1) * t.stride] != 0 ? half + 1 : half;
}

/// A diagonal block [[diagonal, above], [below, diagonal]] or a single number.
struct Bump {
  Index begin;
  Index size;
  double diagonal;
  double above = 0;
  double below = 0;
  [[nodiscard]] double square() const { return above * below; }  ///< of the block without its diagonal
};

struct Bumps {
  std::array<Bump, leaf_size> list;
  Index count = 0;
};

/// A matrix of at most 16 × 16; of a transposed problem its transpose with rows and columns in reversed order, which
/// again is upper quasi-triangular.
struct Small {
  alignas(64) std::array<std::array<float, leaf_size>, leaf_size> column{};
  Bumps bumps;

  Small(const ConstFloatBlock& t, bool flipped) {
    const Index n = t.rows;
    for (Index j = 0; j < n; ++j) {
      for (Index i = 0; i < n; ++i) {
        at(i, j) = flipped ? t.data[(n - 1 - j) + (n - 1 - i) * t.stride] : t.data[i + j * t.stride];
      }
    }
    for (Index i = 0; i < n; i += bumps.list[static_cast<std::size_t>(bumps.count++)].size) {
      const bool two = i + 1 < n && at(i + 1, i) != 0;
      bumps.list[static_cast<std::size_t>(bumps.count)] = {i, two ? 2 : 1, at(i, i), two ? at(i, i + 1) : 0.0,
                                                           two ? at(i + 1, i) : 0.0};
    }
  }
  [[nodiscard]] float& at(Index row, Index col) {
    return column[static_cast<std::size_t>(col)][static_cast<std::size_t>(row)];
  }
  [[nodiscard]] float at(Index row, Index col) const {
    return column[static_cast<std::size_t>(col)][static_cast<std::size_t>(row)];
  }
  /// Zeros on and below the diagonal blocks: what remains is what a solved row does to those above.
  void keep_above() {
    for (Index b = 0; b < bumps.count; ++b) {
      const Bump& bump = bumps.list[static_cast<std::size_t>(b)];
      for (Index j = bump.begin; j < bump.begin + bump.size; ++j) {
        for (Index i = bump.begin; i < leaf_size; ++i) {
          at(i, j) = 0;
        }
      }
    }
  }
};

using Square = std::array<std::array<double, 2>, 2>;  ///< [row][column]

/// T'Y and YS'ᵀ with the blocks without their diagonals.
Square from_left(const Bump& t, const Square& y) {
  return {{{t.above * y[1][0], t.above * y[1][1]}, {t.below * y[0][0], t.below * y[0][1]}}};
}
Square from_right(const Bump& s, const Square& y) {
  return {{{s.above * y[0][1], s.below * y[0][0]}, {s.above * y[1][1], s.below * y[1][0]}}};
}

/// (μ − P − R)Y = F with P = T'·, R = ·S'ᵀ: P² and R² are numbers π, ρ ≤ 0, so that the inverse is
/// (κ + 2μP)(μ − P + R)/(κ² − 4μ²π) with κ = μ² + π − ρ, and the denominator is no difference.
Square solve_block(double mu, const Bump& t, const Bump& s, const Square& f) {
  const double pi = t.square();
  const double kappa = mu * mu + pi - s.square();
  const double denominator = kappa * kappa - 4 * mu * mu * pi;
  if (denominator == 0) {
    return {};
  }
  const Square left = from_left(t, f);
  const Square right = from_right(s, f);
  Square g{};
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::size_t j = 0; j < 2; ++j) {
      g[i][j] = mu * f[i][j] - left[i][j] + right[i][j];
    }
  }
  const Square turned = from_left(t, g);
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::size_t j = 0; j < 2; ++j) {
      g[i][j] = (kappa * g[i][j] + 2 * mu * turned[i][j]) / denominator;
    }
  }
  return g;
}

using Columns = std::array<std::array<float, leaf_size>, leaf_size>;

void add_multiple(const std::array<float, leaf_size>& weights, float factor, std::array<float, leaf_size>& target) {
  for (std::size_t i = 0; i < leaf_size; ++i) {
    target[i] += factor * weights[i];
  }
}

/// Unknowns of one block of rows and one of columns.
void solve_pair(double sigma, const Bump& t, const Bump& s, Columns& y) {
  const auto row = static_cast<std::size_t>(t.begin);
  const auto col = static_cast<std::size_t>(s.begin);
  const double mu = sigma - t.diagonal - s.diagonal;
  if (t.size == 1 && s.size == 1) {
    y[col][row] = mu == 0 ? 0 : static_cast<float>(static_cast<double>(y[col][row]) / mu);
    return;
  }
  Square f{};
  for (std::size_t i = 0; i < static_cast<std::size_t>(t.size); ++i) {
    for (std::size_t j = 0; j < static_cast<std::size_t>(s.size); ++j) {
      f[i][j] = y[col + j][row + i];
    }
  }
  f = solve_block(mu, t, s, f);
  for (std::size_t i = 0; i < static_cast<std::size_t>(t.size); ++i) {
    for (std::size_t j = 0; j < static_cast<std::size_t>(s.size); ++j) {
      y[col + j][row + i] = static_cast<float>(f[i][j]);
    }
  }
}

/// The columns of one block of S: rows from the last to the first.
void solve_columns(double sigma, const Small& t, const Bump& s, Columns& y) {
  for (Index b = t.bumps.count; b-- > 0;) {
    const Bump& rows = t.bumps.list[static_cast<std::size_t>(b)];
    solve_pair(sigma, rows, s, y);
    for (Index j = s.begin; j < s.begin + s.size; ++j) {
      auto& column = y[static_cast<std::size_t>(j)];
      for (Index i = rows.begin; i < rows.begin + rows.size; ++i) {
        add_multiple(t.column[static_cast<std::size_t>(i)], column[static_cast<std::size_t>(i)], column);
      }
    }
  }
}

void solve_leaf(const SylvesterKind& kind, const ConstFloatBlock& t, const ConstFloatBlock& s, const FloatBlock& y) {
  Small rows(t, kind.transposed);
  const Small columns(s, kind.transposed);
  rows.keep_above();
  alignas(64) Columns values{};
  const auto place = [&](Index i, Index j) -> float& {
    return kind.transposed ? y.data[(y.rows - 1 - i) + (y.columns - 1 - j) * y.stride] : y.data[i + j * y.stride];
  };
  for (Index j = 0; j < y.columns; ++j) {
    for (Index i = 0; i < y.rows; ++i) {
      values[static_cast<std::size_t>(j)][static_cast<std::size_t>(i)] = place(i, j);
    }
  }
  for (Index b = columns.bumps.count; b-- > 0;) {
    const Bump& bump = columns.bumps.list[static_cast<std::size_t>(b)];
    solve_columns(kind.sigma, rows, bump, values);
    for (Index j = bump.begin; j < bump.begin + bump.size; ++j) {
      for (Index k = 0; k < bump.begin; ++k) {
        add_multiple(values[static_cast<std::size_t>(j)], columns.at(k, j), values[static_cast<std::size_t>(k)]);
      }
    }
  }
  for (Index j = 0; j < y.columns; ++j) {
    for (Index i = 0; i < y.rows; ++i) {
      place(i, j) = values[static_cast<std::size_t>(j)][static_cast<std::size_t>(i)];
    }
  }
}

/// The rows of one half, then what they do to the other half, then that one.
void split_rows(const SylvesterKind& kind, const ConstFloatBlock& t, const ConstFloatBlock& s, const FloatBlock& y) {
  const Index half = middle(t);
  const Index rest = t.rows - half;
  const ConstFloatBlock corner = t.part(0, half, half, rest);
  const FloatBlock top = y.part(0, 0, half, y.columns);
  const FloatBlock bottom = y.part(half, 0, rest, y.columns);
  if (kind.transposed) {
    solve_sylvester(kind, t.part(0, 0, half, half), s, top);
    multiply(corner, Op::transposed, constant(top), Op::plain, 1, bottom);
  }
  solve_sylvester(kind, t.part(half, half, rest, rest), s, bottom);
  if (!kind.transposed) {
    multiply(corner, Op::plain, constant(bottom), Op::plain, 1, top);
    solve_sylvester(kind, t.part(0, 0, half, half), s, top);
  }
}

void split_columns(const SylvesterKind& kind, const ConstFloatBlock& t, const ConstFloatBlock& s, const FloatBlock& y) {
  const Index half = middle(s);
  const Index rest = s.rows - half;
  const ConstFloatBlock corner = s.part(0, half, half, rest);
  const FloatBlock left = y.part(0, 0, y.rows, half);
  const FloatBlock right = y.part(0, half, y.rows, rest);
  if (kind.transposed) {
    solve_sylvester(kind, t, s.part(0, 0, half, half), left);
    multiply(constant(left), Op::plain, corner, Op::plain, 1, right);
  }
  solve_sylvester(kind, t, s.part(half, half, rest, rest), right);
  if (!kind.transposed) {
    multiply(constant(right), Op::plain, corner, Op::transposed, 1, left);
    solve_sylvester(kind, t, s.part(0, 0, half, half), left);
  }
}

}  // namespace

void solve_sylvester(const SylvesterKind& kind, const ConstFloatBlock& t, const ConstFloatBlock& s,
                     const FloatBlock& y) {
  if (y.rows > leaf_size && y.rows >= y.columns) {
    split_rows(kind, t, s, y);
  } else if (y.columns > leaf_size) {
    split_columns(kind, t, s, y);
  } else {
    solve_leaf(kind, t, s, y);
  }
}

}  // namespace sgdflux::la
