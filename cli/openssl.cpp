#include "cli/openssl.h"

#include <cerrno>
#include <cstring>

#include "cli/child_run.h"
#include "core/error.h"

namespace wardmark {

std::string OpensslRun::reason() const {
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t at = rest.find_last_not_of(" \n");
    if (at == std::string_view::npos) break;
    rest = rest.substr(0, at + 1);
    const std::size_t begin = rest.find_last_of('\n');
    const std::string_view line = rest.substr(begin == std::string_view::npos ? 0 : begin + 1);
    if (line.find("error:") != std::string_view::npos || begin == std::string_view::npos) {
      const std::size_t colon = line.rfind("::");
      return std::string(colon == std::string_view::npos ? line : line.substr(0, colon));
    }
    rest = rest.substr(0, begin);
  }
  return "no reason given";
}

OpensslRun openssl(const std::vector<std::string>& words) {
  std::vector<std::string> all = {"openssl"};
  all.insert(all.end(), words.begin(), words.end());
  const auto run = run_child(std::move(all), ChildOutput::both);
  if (!run) {
    throw Error(Code::time_stamp, std::string("openssl cannot be started: ") + std::strerror(errno),
                "time stamps are read by it: install the package openssl");
  }
  return {run->status, run->text};
}

}  // namespace wardmark
