# Layers: one folder, one object library. Folders are read at every build, so a new file needs no line here.
include_guard(GLOBAL)

# What every target of ours is compiled with, and nothing that a user of the library has to repeat.
# sqrt and log must not write errno, or loops over a batch do not vectorise (six times slower).
set(SGDFLUX_FLAGS -Wall -Wextra -Wconversion -Wshadow -fno-math-errno)
set(SGDFLUX_LINK_FLAGS "")
if(SGDFLUX_WERROR)
  list(APPEND SGDFLUX_FLAGS -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  set(gcc12 TRUE)
endif()
if(gcc12)
  list(APPEND SGDFLUX_FLAGS -Wno-restrict)  # false alarm at "text" + std::string (GCC bug 105651)
endif()
if(SGDFLUX_NATIVE)
  list(APPEND SGDFLUX_FLAGS -march=native)
  if(gcc12)
    # The compiler's own AVX-512 headers write x = x for "undefined" and are then warned about (GCC bug 105593).
    list(APPEND SGDFLUX_FLAGS -Wno-maybe-uninitialized -Wno-uninitialized)
  endif()
endif()
if(SGDFLUX_SANITIZE)
  set(SGDFLUX_LINK_FLAGS -fsanitize=address,undefined)
  # Instrumented code confuses the flow analysis behind -Wmaybe-uninitialized.
  list(APPEND SGDFLUX_FLAGS ${SGDFLUX_LINK_FLAGS} -fno-sanitize-recover=undefined -fno-omit-frame-pointer
       -Wno-maybe-uninitialized)
endif()
add_library(sgdflux_compile INTERFACE)
target_compile_options(sgdflux_compile INTERFACE ${SGDFLUX_FLAGS})
target_link_options(sgdflux_compile INTERFACE ${SGDFLUX_LINK_FLAGS})

# sgdflux_layer(NAME OBJECTS USAGE): object library layer_NAME from src/NAME/*.cpp compiled with USAGE; its objects are
# appended to the caller's list OBJECTS. A folder without sources adds nothing.
function(sgdflux_layer name objects usage)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  list(REMOVE_ITEM sources ${PROJECT_SOURCE_DIR}/src/cli/main.cpp)
  if(sources)
    add_library(layer_${name} OBJECT ${sources})
    target_include_directories(layer_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(layer_${name} PRIVATE sgdflux_compile PUBLIC ${usage})
    list(APPEND ${objects} $<TARGET_OBJECTS:layer_${name}>)
    set(${objects} "${${objects}}" PARENT_SCOPE)
  endif()
endfunction()

# sgdflux_library(TARGET EXPORT_NAME OBJECTS…): static library of these objects, exported as sgdflux::EXPORT_NAME.
function(sgdflux_library target export_name)
  add_library(${target} STATIC ${ARGN})
  add_library(sgdflux::${export_name} ALIAS ${target})
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:sgdflux_compile>)
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${export_name} LINKER_LANGUAGE CXX)
endfunction()
