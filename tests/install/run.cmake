# Installs the build into a fresh prefix, builds the program of PART (base or full) against it as a stranger would, and
# runs it. Wants PART, BUILD, GENERATOR, COMPILER, FLAGS.
set(work ${BUILD}/install_test/${PART})
file(REMOVE_RECURSE ${work})

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${work}/prefix)
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${work}/build -G ${GENERATOR} -D CMAKE_CXX_COMPILER=${COMPILER}
    -D CMAKE_PREFIX_PATH=${work}/prefix -D PART=${PART} -D CMAKE_CXX_FLAGS=${FLAGS} -D CMAKE_BUILD_TYPE=Release)
run(${CMAKE_COMMAND} --build ${work}/build)
run(${work}/build/${PART})

if(PART STREQUAL "base")
  execute_process(COMMAND ldd ${work}/build/base OUTPUT_VARIABLE libraries COMMAND_ERROR_IS_FATAL ANY)
  if(libraries MATCHES "lib(mpi|petsc|slepc|hdf5)[^ \n]*")
    message(FATAL_ERROR "A program that uses sgdflux::base alone is linked against ${CMAKE_MATCH_0}.")
  endif()
endif()
