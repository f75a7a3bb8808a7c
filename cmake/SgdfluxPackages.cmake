# The libraries below sgdflux that only pkg-config knows, as imported targets. Used by the build and, installed beside
# sgdfluxConfig.cmake, by everything that links against sgdflux, so that both find the same files in the same way.
include_guard(GLOBAL)
find_package(PkgConfig REQUIRED QUIET)

# Where PETSc and SLEPc keep their pkg-config files: the user's PETSC_DIR and SLEPC_DIR first, then Debian's folders of the
# real-scalar flavour, whose names carry a version. PKG_CONFIG_PATH stays in front of all of them.
function(sgdflux_pkg_config_folders result)
  set(folders "$ENV{PKG_CONFIG_PATH}")
  foreach(root IN ITEMS "$ENV{PETSC_DIR}" "$ENV{SLEPC_DIR}")
    if(root)
      list(APPEND folders "${root}/$ENV{PETSC_ARCH}/lib/pkgconfig" "${root}/lib/pkgconfig")
    endif()
  endforeach()
  file(GLOB debian LIST_DIRECTORIES true /usr/lib/petscdir/petsc*/*-real/lib/pkgconfig
       /usr/lib/slepcdir/slepc*/*-real/lib/pkgconfig)
  list(SORT debian COMPARE NATURAL ORDER DESCENDING)
  list(APPEND folders ${debian})
  list(JOIN folders ":" folders)
  set(${result} "${folders}" PARENT_SCOPE)
endfunction()

# sgdflux_import(NAME FOUND MODULE…): imported target sgdflux_NAME from the first pkg-config module that exists; FOUND is
# set in the caller. Only include folders and libraries are taken over: petsc.pc also exports the hardening flags that
# Debian built it with, which clash with unoptimised and sanitised builds.
function(sgdflux_import name found)
  sgdflux_pkg_config_folders(folders)
  set(ENV{PKG_CONFIG_PATH} "${folders}")
  pkg_search_module(sgdflux_${name} QUIET ${ARGN})
  set(${found} "${sgdflux_${name}_FOUND}" PARENT_SCOPE)
  if(sgdflux_${name}_FOUND AND NOT TARGET sgdflux_${name})
    add_library(sgdflux_${name} INTERFACE IMPORTED GLOBAL)
    target_include_directories(sgdflux_${name} SYSTEM INTERFACE ${sgdflux_${name}_INCLUDE_DIRS})
    target_link_libraries(sgdflux_${name} INTERFACE ${sgdflux_${name}_LINK_LIBRARIES})
  endif()
endfunction()

# sgdflux_import_all(MISSING WHICH…): imports muparser, petsc, slepc, hdf5; MISSING is empty or says what is not there.
function(sgdflux_import_all missing)
  set(modules_muparser muparser)
  set(modules_petsc petsc PETSc)
  set(modules_slepc slepc SLEPc)
  set(modules_hdf5 hdf5-openmpi hdf5-mpi hdf5-mpich)
  set(absent "")
  foreach(name IN LISTS ARGN)
    sgdflux_import(${name} found ${modules_${name}})
    if(NOT found)
      list(JOIN modules_${name} " or " wanted)
      string(APPEND absent " pkg-config finds no ${wanted}.")
    endif()
  endforeach()
  if(TARGET sgdflux_petsc)
    get_target_property(folders sgdflux_petsc INTERFACE_INCLUDE_DIRECTORIES)
    find_file(SGDFLUX_PETSCCONF petscconf.h PATHS ${folders} NO_DEFAULT_PATH NO_CACHE)
    file(STRINGS "${SGDFLUX_PETSCCONF}" complex REGEX "define PETSC_USE_COMPLEX")
    if(complex)
      string(APPEND absent " The PETSc in ${folders} has complex scalars, sgdflux needs real ones.")
    endif()
  endif()
  set(${missing} "${absent}" PARENT_SCOPE)
endfunction()
