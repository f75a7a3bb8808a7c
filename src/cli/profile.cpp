#include "profile.hpp"

#include <algorithm>

#include "sgdflux/la/session.hpp"

namespace sgdflux::cli {
namespace {

/// The whole field on rank 0; ranks hold consecutive pieces of it. Empty elsewhere.
std::vector<double> gathered(MPI_Comm comm, const study::Field& field) {
  const int ranks = la::size(comm);
  const int here[2] = {static_cast<int>(field.values.size()), static_cast<int>(field.box.lower[0])};
  std::vector<int> pieces(2 * static_cast<std::size_t>(ranks));
  MPI_Gather(here, 2, MPI_INT, pieces.data(), 2, MPI_INT, 0, comm);
  std::vector<int> counts;
  std::vector<int> offsets;
  for (std::size_t i = 0; i < pieces.size(); i += 2) {
    counts.push_back(pieces[i]);
    offsets.push_back(pieces[i + 1]);
  }
  std::vector<double> whole(la::rank(comm) == 0 ? static_cast<std::size_t>(field.shape[0]) : 0);
  MPI_Gatherv(field.values.data(), here[0], MPI_DOUBLE, whole.data(), counts.data(), offsets.data(), MPI_DOUBLE, 0,
              comm);
  return whole;
}

std::string column_name(std::string path) {
  std::replace(path.begin(), path.end(), '/', '.');
  return path;
}

void write_profile(MPI_Comm comm, const std::string& file, const std::string& variable, const Eigen::ArrayXd& x,
                   const study::Answer& answer, OutputDirectory& directory) {
  std::vector<std::string> names{variable};
  std::vector<std::vector<double>> columns{{x.begin(), x.end()}};
  for (const study::Field& field : answer.fields) {
    if (field.shape[0] == x.size()) {
      names.push_back(column_name(field.path));
      columns.push_back(gathered(comm, field));
    }
  }
  for (const study::Array& array : answer.arrays) {
    if (array.path.starts_with("density_of/") && array.shape == std::vector<core::Index>{x.size()}) {
      names.push_back(column_name(array.path));
      columns.push_back(array.values);
    }
  }
  if (names.size() > 1) {
    directory.write_csv(file, names, columns);
  }
}

}  // namespace

void write_profiles(MPI_Comm comm, const mesh::Axis& axis, const study::Answer& answer, OutputDirectory& directory) {
  write_profile(comm, "density.csv", axis.name(), axis.centres(), answer, directory);
  write_profile(comm, "current.csv", axis.name(), axis.faces(), answer, directory);
}

void write_series(const std::vector<double>& times, const std::map<std::string, study::Series>& series,
                  OutputDirectory& directory) {
  std::vector<std::string> names{"time"};
  std::vector<std::vector<double>> columns{times};
  for (const auto& [name, one] : series) {
    names.insert(names.end(), {name, name + ".error"});
    columns.insert(columns.end(), {one.values, one.errors});
  }
  directory.write_csv("series.csv", names, columns);
}

}  // namespace sgdflux::cli
