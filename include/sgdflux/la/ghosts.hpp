#pragma once
/// Fields with a border that the ranks around fill, while the inside is being worked on.
#include <mpi.h>

#include <Eigen/Core>
#include <array>
#include <vector>

#include "sgdflux/la/groups.hpp"
#include "sgdflux/mesh/partition.hpp"

namespace sgdflux::la {

/// What one rank has sent to others.
struct Traffic {
  long exchanges = 0;  ///< how often a border was filled
  long messages = 0;
  double bytes = 0;
};

/// Who owns what of a lattice: any cut into boxes, of which some may be empty.
struct Decomposition {
  std::vector<mesh::Box> boxes;  ///< one per rank
  mesh::Cell shape{1, 1, 1, 1};
  std::array<bool, core::max_dimension> periodic{};
  int dimension = 1;
};
[[nodiscard]] Decomposition decomposition(const mesh::Grid& grid, const mesh::Partition& partition);

/// The owned box of this rank widened by `width` cells in both directions of every axis, also beyond ends of the
/// lattice: there a field keeps what it holds (zeros, say). Cells of other ranks, and of periodic images, are filled by
/// one message per neighbour, all of which are on their way between begin() and end().
class Ghosts {
 public:
  /// @param corners whether cells that differ from owned ones along more than one axis are filled, too. Collective.
  Ghosts(MPI_Comm comm, const Decomposition& cells, core::Index width, bool corners);
  Ghosts(const Ghosts&) = delete;
  Ghosts& operator=(const Ghosts&) = delete;
  ~Ghosts();

  [[nodiscard]] const mesh::Box& owned() const { return owned_; }
  [[nodiscard]] const mesh::Box& box() const { return box_; }
  /// A field on box() of zeros.
  [[nodiscard]] Eigen::ArrayXd field() const { return Eigen::ArrayXd::Zero(box_.cells()); }
  /// Copies between owned values (C order of the owned box) and the inside of a field on box().
  void insert(const double* owned, double* field) const;
  void extract(const double* field, double* owned) const;
  /// Sends the borders of the owned part of `field` on their way; it must not be written to before end(). Collective
  /// over the ranks, as end() is.
  void begin(double* field);
  void end();
  void exchange(double* field) {
    begin(field);
    end();
  }
  [[nodiscard]] const Traffic& traffic() const { return traffic_; }

 private:
  /// A box of cells as this rank numbers them (beyond periodic ends: the image), in a buffer.
  struct Piece {
    int rank;
    mesh::Box cells;
    std::size_t begin;
  };
  struct Copy {
    mesh::Box from;
    mesh::Box to;
  };
  template <class Visit>
  static void for_each_rank(const std::vector<Piece>& pieces, std::size_t size, const Visit& visit);
  void pack(const double* field);
  void unpack();

  MPI_Comm comm_ = MPI_COMM_NULL;
  mesh::Box owned_;
  mesh::Box box_;
  std::vector<Piece> sent_;
  std::vector<Piece> received_;
  std::vector<Copy> copies_;
  std::vector<double> outgoing_;
  std::vector<double> incoming_;
  std::vector<MPI_Request> requests_;
  double* field_ = nullptr;
  Traffic traffic_;
  Unwinding unwinding_;
};

}  // namespace sgdflux::la
