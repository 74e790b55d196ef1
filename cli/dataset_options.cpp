#include "cli/dataset_options.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <iterator>
#include <sstream>

#include "cli/dataset_formats.h"
#include "core/error.h"
#include "io/atomic_file.h"

namespace wardmark {
namespace {

std::vector<std::string> read_list(const std::string& source, bool nul) {
  std::string text;
  if (source == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    text = text_of(read_file(source));
  }
  std::vector<std::string> files;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = text.find(nul ? '\0' : '\n', at);
    if (end == std::string::npos) end = text.size();
    std::string line = text.substr(at, end - at);
    if (!nul && !line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) files.push_back(std::move(line));
    at = end + 1;
  }
  return files;
}

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const DatasetFormat& row : dataset_formats()) names.emplace_back(row.name);
  return names;
}

}  // namespace

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

void add_input_options(CLI::App& app, InputArgs& args) {
  constexpr auto group = "Input";
  app.add_option("input", args.input, "folder tree, image, DICOM study, .npz or CIFAR .bin")
      ->type_name("IN")
      ->group(group);
  app.add_option("--labels", args.labels,
                 "where classes come from: folder[:first|leaf|N], a CSV or JSON file, dicom:KEYWORD, xmp:dc:subject, "
                 "iptc:Keywords, or none")
      ->type_name("SOURCE")
      ->capture_default_str()
      ->group(group);
  app.add_option("--classes", args.classes,
                 "file with the class names of integer labels, or the keywords that are classes, one a line")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--files-from", args.files_from, "take the files this list names; - is stdin")
      ->type_name("FILE")
      ->group(group);
  app.add_flag("-0,--null", args.nul, "the list ends each name with a NUL byte")->group(group);
  app.add_option("--root", args.root, "folder that listed paths are relative to (default: the current one)")
      ->type_name("DIR")
      ->group(group);
  app.add_option("--splits", args.splits, "npz: arrays to protect: train, val, test (a list), or all")
      ->type_name("LIST")
      ->capture_default_str()
      ->group(group);
  app.add_option("--format", args.format, "take the input as this kind instead of looking at it")
      ->check(CLI::IsMember(format_names()))
      ->group(group);
  app.add_option("--max-pixels", args.max_megapixels, "refuse images of more megapixels than this")
      ->check(CLI::Range(1, 16384))
      ->type_name("MP")
      ->capture_default_str()
      ->group(group);
  app.add_flag("--many-classes", args.many_classes, "allow more classes than a tenth of the items")->group(group);
}

DatasetOptions dataset_options(const InputArgs& args) {
  if (args.input.empty() == args.files_from.empty()) {
    throw Error(Code::usage, args.input.empty() ? "no input was named" : "both an input and --files-from were given",
                "name a folder or file, or a list with --files-from");
  }
  DatasetOptions options;
  options.format = args.format;
  options.labels = parse_label_source(args.labels);
  options.class_names = args.classes;
  if (!args.files_from.empty()) options.files = read_list(args.files_from, args.nul);
  options.root = args.root;
  options.splits = split_list(args.splits);
  options.limits.max_pixels = args.max_megapixels * 1000000;
  options.output_format = args.output_format;
  options.limits.jpeg_quality = args.jpeg_quality;
  options.carry = split_list(args.carry);
  options.study = args.study;
  return options;
}

std::filesystem::path input_path(const InputArgs& args) {
  if (!args.input.empty()) return args.input;
  return args.root.empty() ? std::filesystem::current_path() : std::filesystem::path(args.root);
}

}  // namespace wardmark
