#include <charconv>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "samples/demonstration.h"
#include "samples/pictures.h"
#include "samples/studies.h"

namespace {

using wardmark::samples::Order;

constexpr const char* kHelp =
    "usage: wardmark-samples --out DIR [--per-class N] [--size S]\n"
    "       wardmark-samples --out DIR --studies [--slices N] [--frames N] [--size S]\n"
    "Draws a labelled set of pictures for demonstrations, one folder per class: three phantoms as scanners would\n"
    "show them (16-bit and 8-bit grey PNG) and three materials (colour JPEG and PNG). Everything is computed from\n"
    "fixed numbers, so everybody gets the same pictures. No person was scanned or photographed.\n"
    "With --studies, DICOM instead: ct/, a series of a head-like volume with a segmentation, a key object selection\n"
    "and a presentation state that refer to it, and mr/, one enhanced object of many frames.\n"
    "  --out DIR        new or empty folder\n"
    "  --per-class N    pictures of each class, 1 to 10000 (default 12)\n"
    "  --size S         side of the square pictures in pixels, 32 to 4096 (default 512; studies 256,\n"
    "                   a multiple of 4)\n"
    "  --slices N       slices of the CT series, 0 to 100000 (default 60)\n"
    "  --frames N       frames of the enhanced object, 0 to 100000 (default 24)\n";

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

/// What was asked for on the command line.
struct Request {
  Order pictures;
  wardmark::samples::StudyOrder studies;
  bool of_studies = false;
};

/// Takes one option with its value; false where either is not understood.
bool take(Request& request, std::string_view option, std::string_view value) {
  const auto into = [&](auto& field, int low, int high) {
    const auto given = number(value, low, high);
    if (given) field = static_cast<std::remove_reference_t<decltype(field)>>(*given);
    return given.has_value();
  };
  if (option == "--out") {
    request.pictures.folder = request.studies.folder = value;
    return true;
  }
  if (option == "--size") return into(request.pictures.size, 32, 4096) && into(request.studies.size, 32, 4096);
  if (option == "--per-class") return into(request.pictures.per_class, 1, 10000);
  if (option == "--slices") return into(request.studies.slices, 0, 100000);
  return into(request.studies.frames, 0, 100000);
}

bool known(std::string_view option) {
  for (const std::string_view name : {"--out", "--size", "--per-class", "--slices", "--frames"}) {
    if (option == name) return true;
  }
  return false;
}

int run(const Request& request) {
  const std::filesystem::path& folder = request.pictures.folder;
  if (folder.empty()) return refuse("--out is missing");
  if (std::filesystem::exists(folder) && !std::filesystem::is_empty(folder)) {
    return refuse(folder.string() + ": not empty", "name a new folder");
  }
  if (request.of_studies) {
    if (request.studies.size % 4 != 0) return refuse("--size: no multiple of 4");
    std::uint32_t objects = 0;
    if (request.studies.slices > 0) objects += wardmark::samples::make_ct_study(request.studies);
    if (request.studies.frames > 0) objects += wardmark::samples::make_enhanced(request.studies);
    std::printf("%s: %u DICOM objects\n", folder.c_str(), objects);
    return 0;
  }
  const auto made = wardmark::samples::draw_demonstration(request.pictures);
  std::printf("%s: %u pictures in %zu classes, checksum %016llx\n", folder.c_str(), made.pictures,
              wardmark::samples::classes().size(), static_cast<unsigned long long>(made.checksum));
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  Request request;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "-h" || option == "--help") {
      std::fputs(kHelp, stdout);
      return 0;
    }
    if (option == "--studies") {
      request.of_studies = true;
      continue;
    }
    if (!known(option)) return refuse(std::string(option) + ": unknown");
    if (++i == argc) return refuse(std::string(option) + ": a value is missing");
    if (!take(request, option, argv[i])) return refuse(std::string(option) + ": out of range: " + argv[i]);
  }
  return run(request);
} catch (const std::exception& error) {
  std::fprintf(stderr, "wardmark-samples: error: %s\n", error.what());
  return 4;
}
