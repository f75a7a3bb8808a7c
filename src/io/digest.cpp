#include "digest.hpp"

#include <openssl/evp.h>

#include <array>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::io {

std::string sha256(const std::string& bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1) {
    throw core::InternalError("a SHA-256 could not be computed");
  }
  constexpr const char* hexadecimal = "0123456789abcdef";
  std::string result;
  for (unsigned i = 0; i < length; ++i) {
    result += hexadecimal[digest[i] >> 4];
    result += hexadecimal[digest[i] & 15];
  }
  return result;
}

}  // namespace sgdflux::io
