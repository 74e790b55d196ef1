#include <CLI/CLI.hpp>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/dataset_formats.h"
#include "cli/key_options.h"
#include "cli/publication.h"
#include "cli/record_inspection.h"
#include "cli/release_options.h"
#include "cli/study_inspection.h"
#include "io/atomic_file.h"
#include "io/file_parts.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

struct InspectArgs {
  std::string path;
  std::string labels = "folder";
  std::string release;
  std::string record;
  std::string preview;
  KeyOptions key;
  unsigned jobs = default_jobs();
  bool private_paths = false;
  bool publication = false;
};

std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

/// What one file holds and what protect would do with it.
json inspect_image(const fs::path& path) {
  json out{{"schema", "wardmark.inspect-image/1"}, {"path", shown(path)}};
  try {
    const Bytes file = read_file(path);
    out["bytes"] = file.size();
    const Codec& codec = codec_for(file);
    out["format"] = codec.name;
    json parts = json::array();
    for (const FilePart& part : file_parts(file)) parts.push_back({{"name", part.name}, {"bytes", part.bytes}});
    out["parts"] = parts;
    const Picture picture = codec.decode(file, CodecLimits{});
    const Image& image = picture.image;
    out["width"] = image.width();
    out["height"] = image.height();
    out["channels"] = image.channels();
    out["bits"] = image.bits();
    out["alpha"] = image.alpha();
    out["frames"] = picture.frames;
    out["orientation"] = picture.orientation;
    out["lossy"] = picture.lossy;
    json notes = json::array();
    for (const Note& note : picture.notes) notes.push_back({{"code", name(note.code)}, {"detail", note.detail}});
    out["would_change"] = notes;
  } catch (const Error& error) {
    if (error.kind() != Kind::item) throw;
    out["refused"] = name(error.code());
    out["reason"] = error.what();
    out["hint"] = error.hint();
  }
  return out;
}

std::string parts_text(const json& image) {
  std::string text;
  if (!image.contains("parts")) return text;
  for (const json& part : image["parts"]) {
    const auto bytes = part["bytes"].get<std::uint64_t>();
    text += (text.empty() ? "  holds: " : ", ") + printable(part["name"].get<std::string>()) +
            (bytes > 0 ? " (" + counted(bytes, "byte") + ")" : "");
  }
  return text.empty() ? text : text + "\n";
}

std::string image_text(const json& image) {
  std::string text = image["path"].get<std::string>();
  if (image.contains("format")) text += ": " + image["format"].get<std::string>();
  if (image.contains("width")) {
    text += ", " + std::to_string(image["width"].get<int>()) + " x " + std::to_string(image["height"].get<int>()) +
            ", " + counted(image["channels"].get<std::uint64_t>(), "channel") +
            (image["alpha"].get<bool>() ? " with alpha" : "") + ", " + std::to_string(image["bits"].get<int>()) +
            " bit";
    if (image["orientation"].get<int>() != 1)
      text += ", orientation " + std::to_string(image["orientation"].get<int>());
  }
  if (image.contains("frames") && image["frames"].get<int>() > 1) {
    text += ", " + std::to_string(image["frames"].get<int>()) + " pages one below the other";
  }
  text += "\n" + parts_text(image);
  if (image.contains("refused")) {
    text += "  refused: " + image["reason"].get<std::string>() + " [" + image["refused"].get<std::string>() + "]\n";
    if (const auto hint = image["hint"].get<std::string>(); !hint.empty()) text += "  hint: " + hint + "\n";
    return text;
  }
  for (const json& note : image["would_change"]) {
    const CodeInfo* row = find_code(note["code"].get<std::string>());
    text += "  protect: " + std::string(row->meaning) +
            (note["detail"].get<std::string>().empty() ? "" : " (" + note["detail"].get<std::string>() + ")") + " [" +
            std::string(row->name) + "]\n";
  }
  if (!image["parts"].empty()) text += "  protect: what else it holds comes back byte for byte\n";
  return text;
}

/// Items by class, files by what becomes of them.
json inspect_dataset(const InspectArgs& args, const DatasetFormat& format, const DatasetOptions& options,
                     Console& console) {
  const auto reader = format.open(args.path, options);
  const Survey& survey = reader->survey();
  console.number_items(ids_of(survey));
  std::map<std::string, std::uint64_t> classes;
  std::uint64_t bytes = 0, clean = 0;
  for (const Item& item : survey.items) {
    bytes += item.bytes;
    if (item.protect)
      ++classes[item.label];
    else
      ++clean;
  }
  std::map<std::string, std::uint64_t> companions;
  for (const Companion& c : survey.companions) ++companions[std::string(name(c.code))];
  json class_rows = json::array();
  for (const auto& [label, count] : classes) class_rows.push_back({{"name", label}, {"items", count}});
  json notes = json::array();
  for (const auto& [subject, note] : survey.notes) {
    notes.push_back({{"subject", console.item_text(subject)},
                     {"code", name(note.code)},
                     {"detail", console.paths_hidden() ? std::string() : note.detail}});
  }
  return {{"schema", "wardmark.inspect-dataset/1"},
          {"path", args.path},
          {"format", format.name},
          {"items", survey.items.size()},
          {"left_clean", clean},
          {"bytes", bytes},
          {"classes", class_rows},
          {"companions", companions},
          {"notes", notes}};
}

std::string dataset_text(const json& set) {
  std::string text = set["path"].get<std::string>() + ": " + set["format"].get<std::string>() + ", " +
                     counted(set["items"].get<std::uint64_t>(), "item") + ", " +
                     human_bytes(set["bytes"].get<std::uint64_t>()) + "\n";
  for (const json& c : set["classes"]) {
    const auto label = c["name"].get<std::string>();
    text += "  " + (label.empty() ? std::string("without a class") : "class " + printable(label)) + ": " +
            counted(c["items"].get<std::uint64_t>(), "item") + "\n";
  }
  if (const auto clean = set["left_clean"].get<std::uint64_t>(); clean > 0) {
    text += "  left clean: " + counted(clean, "item") + "\n";
  }
  for (const auto& [code, count] : set["companions"].items()) {
    text += "  " + counted(count.get<std::uint64_t>(), "file") + ": " + std::string(find_code(code)->meaning) + " [" +
            code + "]\n";
  }
  return text;
}

/// A plan's first line is its header; classes make it long.
bool looks_like_plan(const fs::path& path) {
  constexpr std::size_t kMostHeader = std::size_t{16} << 20;
  std::ifstream file(path, std::ios::binary);
  if (file.peek() != '{') return false;
  std::string head(kMostHeader, '\0');
  file.getline(head.data(), static_cast<std::streamsize>(head.size()));
  return head.find("wardmark.plan/") != std::string::npos;
}

void refuse_study_options(const InspectArgs& args) {
  for (const auto& [option, value] : {std::pair{"--release", &args.release}, {"--preview", &args.preview}}) {
    if (value->empty()) continue;
    throw Error(Code::usage, std::string(option) + ": " + shown(args.path) + " is no DICOM study",
                "name the folder of the study");
  }
}

ExitStatus inspect_publication(const InspectArgs& args, Console& console) {
  if (!fs::is_directory(args.path)) {
    throw Error(Code::usage, "--publication: " + shown(args.path) + " is no folder", "name the folder to be published");
  }
  const Publication found = look_at_publication(args.path);
  console.result(console.style().json ? dump(publication_json(args.path, found)) + "\n"
                                      : publication_text(args.path, found));
  return found.private_files.empty() ? ExitStatus::ok : ExitStatus::negative;
}

ExitStatus inspect(const InspectArgs& args, Console& console) {
  if (args.private_paths) console.hide_paths();
  if (!fs::exists(args.path))
    throw Error(Code::input_missing, shown(args.path) + ": does not exist",
                "check the spelling, and the folder you are in");
  if (args.publication) return inspect_publication(args, console);
  const bool folder = fs::is_directory(args.path);
  const bool record = folder && fs::exists(RecordFolder(args.path).plan_path());
  const bool plan = !folder && looks_like_plan(args.path);
  if (record || plan) refuse_study_options(args);
  json out;
  std::string text;
  if (record) {
    out = inspect_record(RecordFolder(args.path), args.key, console);
    text = inspection_text(out);
  } else if (plan) {
    out = inspect_plan(args.key, text_of(read_file(args.path)), console);
    text = inspection_text(out);
  } else {
    DatasetOptions options;
    options.splits = {"all"};
    options.labels = parse_label_source(args.labels);
    const DatasetFormat& format = dataset_format_for(args.path, options);
    if (format.name == "dicom") {
      return inspect_study({args.path, args.release, args.record, args.key, args.jobs}, args.preview, format, console);
    }
    refuse_study_options(args);
    const bool image = format.name == "file";
    out = image ? inspect_image(args.path) : inspect_dataset(args, format, options, console);
    text = image ? image_text(out) : dataset_text(out);
  }
  console.result(console.style().json ? dump(out) + "\n" : text);
  return out.contains("refused") && out["refused"].is_string() ? ExitStatus::partial : ExitStatus::ok;
}

}  // namespace

void declare_inspect(CLI::App& app, Action& action) {
  auto args = std::make_shared<InspectArgs>();
  app.add_option("path", args->path, "image, folder, DICOM study, .npz, CIFAR .bin, plan or record")
      ->required()
      ->type_name("PATH");
  app.add_option("--labels", args->labels, "where classes come from")->type_name("SOURCE")->capture_default_str();
  app.add_flag("--publication", args->publication,
               "PATH is a folder that will be published: name what must stay private, exit status 1, and the "
               "reservations of rights that are missing");
  constexpr auto group = "DICOM studies";
  app.add_option("--release", args->release, "compare each image with what became of it there")
      ->type_name("OUT")
      ->group(group);
  app.add_option("--record", args->record, "with -k, the release's record (default: OUT.wardmark)")
      ->type_name("DIR")
      ->group(group);
  app.add_option("--preview", args->preview, "new folder for PNGs of each series in its window")
      ->type_name("DIR")
      ->group(group);
  app.add_option("-j,--jobs", args->jobs, "threads")->check(CLI::Range(1, 4096))->capture_default_str();
  add_key_options(app, args->key);
  add_private_paths(app, args->private_paths);
  action = [args](Console& console) { return inspect(*args, console); };
}

}  // namespace wardmark
