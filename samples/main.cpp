#include <charconv>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "samples/demonstration.h"
#include "samples/pictures.h"

namespace {

using wardmark::samples::Order;

constexpr const char* kHelp =
    "usage: wardmark-samples --out DIR [--per-class N] [--size S]\n"
    "Draws a labelled set of pictures for demonstrations, one folder per class: three phantoms as scanners would\n"
    "show them (16-bit and 8-bit grey PNG) and three materials (colour JPEG and PNG). Everything is computed from\n"
    "fixed numbers, so everybody gets the same pictures. No person was scanned or photographed.\n"
    "  --out DIR        new or empty folder\n"
    "  --per-class N    pictures of each class, 1 to 10000 (default 12)\n"
    "  --size S         side of the square pictures in pixels, 32 to 4096 (default 512)\n";

int refuse(const std::string& what, const char* hint = "wardmark-samples --help") {
  std::fprintf(stderr, "wardmark-samples: error: %s\nhint: %s\n", what.c_str(), hint);
  return 2;
}

std::optional<int> number(std::string_view text, int low, int high) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < low || value > high) return std::nullopt;
  return value;
}

int run(const Order& order) {
  if (std::filesystem::exists(order.folder) && !std::filesystem::is_empty(order.folder)) {
    return refuse(order.folder.string() + ": not empty", "name a new folder");
  }
  const auto made = wardmark::samples::draw_demonstration(order);
  std::printf("%s: %u pictures in %zu classes, checksum %016llx\n", order.folder.c_str(), made.pictures,
              wardmark::samples::classes().size(), static_cast<unsigned long long>(made.checksum));
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  Order order;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "-h" || option == "--help") {
      std::fputs(kHelp, stdout);
      return 0;
    }
    if (option != "--out" && option != "--per-class" && option != "--size") {
      return refuse(std::string(option) + ": unknown");
    }
    if (++i == argc) return refuse(std::string(option) + ": a value is missing");
    const std::string_view value = argv[i];
    if (option == "--out") {
      order.folder = value;
      continue;
    }
    const bool size = option == "--size";
    const auto given = size ? number(value, 32, 4096) : number(value, 1, 10000);
    if (!given) return refuse(std::string(option) + ": out of range: " + std::string(value));
    if (size) {
      order.size = *given;
    } else {
      order.per_class = static_cast<std::uint32_t>(*given);
    }
  }
  if (order.folder.empty()) return refuse("--out is missing");
  return run(order);
} catch (const std::exception& error) {
  std::fprintf(stderr, "wardmark-samples: error: %s\n", error.what());
  return 4;
}
