# cmake -DWEB=<folder> -DOUT=<file.cpp> -P embed.cmake
# Turns the files of the page into one C++ file, as byte arrays: string literals have a length limit
# that a page outgrows.
cmake_policy(SET CMP0007 NEW)
file(GLOB_RECURSE FILES RELATIVE ${WEB} ${WEB}/*)
list(SORT FILES)
set(ARRAYS "")
set(TABLE "")
set(NUMBER 0)
foreach(FILE IN LISTS FILES)
  if(FILE MATCHES "\\.html$")
    set(TYPE "text/html; charset=utf-8")
  elseif(FILE MATCHES "\\.js$")
    set(TYPE "text/javascript; charset=utf-8")
  elseif(FILE MATCHES "\\.css$")
    set(TYPE "text/css; charset=utf-8")
  elseif(FILE MATCHES "\\.svg$")
    set(TYPE "image/svg+xml")
  elseif(FILE MATCHES "\\.json$")
    set(TYPE "application/json")
  elseif(FILE MATCHES "\\.png$")
    set(TYPE "image/png")
  else()
    continue()
  endif()
  file(READ ${WEB}/${FILE} HEX HEX)
  string(LENGTH "${HEX}" DIGITS)
  math(EXPR SIZE "${DIGITS} / 2")
  string(REGEX REPLACE "(..)" "0x\\1," BYTES "${HEX}")
  string(APPEND ARRAYS "const unsigned char kFile${NUMBER}[] = {${BYTES}0};\n")
  set(PATH_IN_URL "/${FILE}")
  if(FILE STREQUAL "index.html")
    set(PATH_IN_URL "/")
  endif()
  string(APPEND TABLE "    {\"${PATH_IN_URL}\", \"${TYPE}\", text(kFile${NUMBER}, ${SIZE})},\n")
  math(EXPR NUMBER "${NUMBER} + 1")
endforeach()
if(NUMBER EQUAL 0)
  message(FATAL_ERROR "no files in ${WEB}")
endif()
file(WRITE ${OUT}.new "// Generated from the files of the page. Not edited by hand.
#include \"daemon/panel/assets.hpp\"

#include <cstddef>

namespace hall::panel {

namespace {

${ARRAYS}
std::string_view text(const unsigned char* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}

const Asset kAssets[] = {
${TABLE}};

}  // namespace

const Asset* find_asset(std::string_view path) {
    for (const Asset& asset : kAssets) {
        if (asset.path == path) return &asset;
    }
    return nullptr;
}

}  // namespace hall::panel
")
execute_process(COMMAND ${CMAKE_COMMAND} -E copy_if_different ${OUT}.new ${OUT})
file(REMOVE ${OUT}.new)
