# Run at every build: writes the header with version, commit and compile flags, touching it only when its text changes.
# Wants SOURCE_DIR, OUTPUT, VERSION, FLAGS. "+" after the commit marks a changed tree.
find_program(git_program git)
set(commit "unknown")
if(git_program)
  execute_process(COMMAND ${git_program} describe --always --abbrev=12 --dirty=+ WORKING_DIRECTORY ${SOURCE_DIR}
                  OUTPUT_VARIABLE described OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed AND described)
    set(commit "${described}")
  endif()
endif()
string(STRIP "${FLAGS}" flags)
string(REPLACE "\\" "\\\\" flags "${flags}")
string(REPLACE "\"" "\\\"" flags "${flags}")
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
#define SGDFLUX_VERSION "@VERSION@"
#define SGDFLUX_COMMIT "@commit@"
#define SGDFLUX_COMPILE_FLAGS "@flags@"
]])
