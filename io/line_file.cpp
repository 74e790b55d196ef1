#include "io/line_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/error.h"

namespace wardmark {

PieceFile::PieceFile(std::filesystem::path path, std::size_t piece) : path_(std::move(path)), piece_(piece) {}

ByteView PieceFile::next() {
  const auto fail = [&] {
    return Error(Code::read_failed, path_.string() + ": cannot be read: " + std::strerror(errno));
  };
  const int fd = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw fail();
  ssize_t n = 0;
  do {
    n = ::pread(fd, piece_.data(), piece_.size(), static_cast<off_t>(at_));
  } while (n < 0 && errno == EINTR);
  const int error = errno;
  ::close(fd);
  errno = error;
  if (n < 0) throw fail();
  at_ += static_cast<std::uint64_t>(n);
  return ByteView(piece_).first(static_cast<std::size_t>(n));
}

std::optional<std::string> LineFile::next() {
  std::string line;
  for (;;) {
    if (rest_.empty()) {
      rest_ = file_.next();
      if (rest_.empty()) return std::nullopt;
    }
    const auto end = std::ranges::find(rest_, std::uint8_t{'\n'});
    line.append(rest_.begin(), end);
    if (end != rest_.end()) {
      rest_ = ByteView(end + 1, rest_.end());
      return line;
    }
    rest_ = {};
  }
}

}  // namespace wardmark
