#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace wardmark {

/// A .npy file as numpy lays it out: header text padded to a multiple of 64 bytes, then `data`.
inline std::string npy_file(std::string text, std::string_view data, int version = 1) {
  const std::size_t start = version == 1 ? 10 : 12;
  text.append(63 - (start + text.size()) % 64, ' ');
  text += '\n';
  std::string file = "\x93NUMPY";
  file += static_cast<char>(version);
  file += '\0';
  for (std::size_t k = 0; k < start - 8; ++k) file += static_cast<char>(text.size() >> (8 * k) & 255);
  return file + text + std::string(data);
}

/// The same from type and shape, "(3, 2)".
inline std::string npy_array(std::string_view type, std::string_view shape, std::string_view data) {
  return npy_file(
      "{'descr': '" + std::string(type) + "', 'fortran_order': False, 'shape': " + std::string(shape) + ", }", data);
}

}  // namespace wardmark
