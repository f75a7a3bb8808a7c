#pragma once
/// One member of a family with its answers, each computed when it is first asked for.
#include <mpi.h>

#include <functional>
#include <memory>
#include <optional>

#include "sgdflux/continuation/family.hpp"
#include "sgdflux/study/spectrum.hpp"
#include "sgdflux/study/stationary.hpp"

namespace sgdflux::continuation {

/// How members are solved.
struct Inquiry {
  study::StationaryOptions stationary;        ///< the mesh is set by the probe
  std::vector<mesh::AxisSpec> mesh;           ///< for densities; empty: the member's
  std::vector<mesh::AxisSpec> spectral_mesh;  ///< for eigenvalues, which need a larger domain; empty: the member's
  int eigenvalues = 0;  ///< how many modes spectrum() looks for, the zero included; 0: none asked for
  double cells = 1;     ///< factor on the cells of every axis: 0.7 gives the grid of error estimates
};

/// Not copyable; all members but parameter(), member() and comm() are collective over comm(), every rank gets the same.
class Probe {
 public:
  /// @throws SettingsError where the model refuses the value.
  Probe(MPI_Comm comm, const Family& family, double parameter, Inquiry inquiry);
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  [[nodiscard]] MPI_Comm comm() const { return comm_; }
  [[nodiscard]] double parameter() const { return parameter_; }
  [[nodiscard]] const Member& member() const { return member_; }
  [[nodiscard]] const Inquiry& inquiry() const { return inquiry_; }

  /// The stationary answer on the member's mesh. Its arrays "density_of/<q>/value" and "density_of/<q>/density" hold
  /// the marginal densities of variables and of derived quantities of one variable, on every rank.
  [[nodiscard]] const study::StationaryAnswer& stationary();
  /// Whether the stationary question has an answer: a density whose verdict is converged or not-converged.
  [[nodiscard]] bool has_density();
  /// The slowest eigenvalues with right and left eigenfunctions (fields eigenfunction/<k>/…). Needs
  /// inquiry().eigenvalues ≥ 2. @throws InternalError otherwise.
  [[nodiscard]] const study::SpectrumAnswer& spectrum();

 private:
  MPI_Comm comm_;
  double parameter_;
  Inquiry inquiry_;
  Member member_;
  std::optional<study::StationaryAnswer> stationary_;
  std::optional<study::SpectrumAnswer> spectrum_;
};

/// Makes the probe of another value of the same parameter, solved in the same way, but with `cells` times the cells.
using MakeProbe = std::function<std::unique_ptr<Probe>(double parameter, double cells)>;

}  // namespace sgdflux::continuation
