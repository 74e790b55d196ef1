#include "cli/study.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "core/error.h"
#include "core/lane_digest.h"
#include "io/atomic_file.h"
#include "io/csv.h"
#include "io/item_id.h"
#include "models/network.h"

namespace wardmark {
namespace {

constexpr double kValidationShare = 0.2;  ///< of the test pictures, where no validation set is given

std::string without_extension(const std::string& id) {
  const std::string extension = extension_of(id);
  return id.substr(0, id.size() - extension.size());
}

/// Places of pictures by their names, and by those without extension where that is no two pictures' name: a release may
/// hold PNG files of JPEG files.
class Places {
 public:
  explicit Places(const PixelSet& set) {
    for (std::size_t i = 0; i < set.size(); ++i) {
      whole_.emplace(set.ids[i], i);
      const auto [at, added] = stems_.try_emplace(without_extension(set.ids[i]), i);
      if (!added) at->second = kNone;
    }
  }
  std::optional<std::size_t> find(const std::string& id) const {
    if (const auto at = whole_.find(id); at != whole_.end()) return at->second;
    const auto at = stems_.find(without_extension(id));
    return at == stems_.end() || at->second == kNone ? std::nullopt : std::optional(at->second);
  }

 private:
  static constexpr std::size_t kNone = SIZE_MAX;
  std::map<std::string, std::size_t> whole_, stems_;
};

/// Puts the originals beside their protected items; items without original are left out of both.
void pair_up(PixelSet& marked, PixelSet& clean, Console& console, std::vector<std::string>& warnings) {
  const Places places(clean);
  std::vector<std::size_t> here, there;
  std::size_t relabelled = 0;
  for (std::size_t i = 0; i < marked.size(); ++i) {
    const auto at = places.find(marked.ids[i]);
    if (!at) continue;
    if (clean.classes[static_cast<std::size_t>(clean.labels[*at])] !=
        marked.classes[static_cast<std::size_t>(marked.labels[i])]) {
      ++relabelled;
      continue;
    }
    here.push_back(i);
    there.push_back(*at);
  }
  if (here.empty()) {
    throw Error(Code::test_set, "--clean: no item of the training set has an original of the same path and class",
                "give the input that was protected");
  }
  if (here.size() < marked.size()) {
    const std::string text = std::to_string(marked.size() - here.size()) + " of " + counted(marked.size(), "item") +
                             " of the training set have no original" +
                             (relabelled > 0 ? " or one of another class" : "") + " and are left out";
    console.warn(text);
    warnings.push_back(text);
  }
  marked = subset(marked, here);
  clean = subset(clean, there);
}

void warn_of_duplicates(const Study& study, Console& console, std::vector<std::string>& warnings) {
  const Material& m = study.material;
  const PixelSet& train = m.has_clean() ? m.clean : m.marked;
  const Duplicates found = duplicates(m.test, train);
  if (found.near == 0) return;
  const std::string text = std::to_string(found.exact) + " of " + counted(m.test.size(), "test picture") +
                           " are in the training data too, " + std::to_string(found.near) +
                           " nearly (difference hash): accuracies are optimistic";
  console.warn(text);
  warnings.push_back(text);
}

/// Replaces classes by what the table says of them.
void relabel(const std::string& file, const std::vector<PixelSet*>& sets) {
  const Bytes text = read_file(file);
  CsvReader reader(text_of(text));
  std::vector<std::string> fields;
  std::map<std::string, std::string> names;
  const bool headed = reader.next(fields) && fields.size() == 2 && fields[0] == "class" && fields[1] == "label";
  if (!headed) throw Error(Code::labels_format, shown(file) + ": no header 'class,label'");
  while (reader.next(fields)) {
    if (fields.size() != 2 || !names.emplace(fields[0], fields[1]).second) {
      throw Error(Code::labels_format, shown(file) + ":" + std::to_string(reader.line()) +
                                           ": not a class and a label, or a class named twice");
    }
  }
  std::set<std::string> wanted;
  for (const std::string& old : sets.front()->classes) {
    if (!names.contains(old)) {
      throw Error(Code::labels_missing, shown(file) + ": says nothing of class '" + printable(old) + "'");
    }
    wanted.insert(names[old]);
  }
  const std::vector<std::string> classes(wanted.begin(), wanted.end());
  for (PixelSet* set : sets) {
    for (std::int64_t& label : set->labels) {
      label = std::ranges::lower_bound(classes, names[set->classes[static_cast<std::size_t>(label)]]) - classes.begin();
    }
    set->classes = classes;
  }
}

std::string hash_of(const PixelSet& set) {
  LaneHash hash;
  hash.add(set.samples);
  for (const std::int64_t label : set.labels) hash.add({reinterpret_cast<const std::uint8_t*>(&label), sizeof(label)});
  std::string shape = std::to_string(set.width) + "x" + std::to_string(set.height) + "x" + std::to_string(set.channels);
  for (const std::string& name : set.classes) shape += "\n" + name;
  return to_hex(lane_digest(nullptr, "pixel-set", shape, hash)).substr(0, 32);
}

std::string identity_of(const Question& q, const Material& m) {
  std::string text = hash_of(m.marked) + hash_of(m.clean) + hash_of(m.validation) + hash_of(m.test);
  for (const std::string& network : q.networks) text += " " + network;
  text +=
      " width " + std::to_string(q.width) + " epochs " + std::to_string(q.epochs) + " seed " + std::to_string(q.seed);
  return to_hex(digest(nullptr, "study", {bytes_of(text)}));
}

std::vector<int> parse_shares(const std::string& text) {
  std::vector<int> shares;
  for (const std::string& part : split_list(text)) {
    int share = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), share);
    if (error != std::errc() || end != part.data() + part.size() || share < 1 || share > 100) {
      throw Error(Code::usage, "--share " + printable(part) + ": no share in percent", "give numbers from 1 to 100");
    }
    if (share < 100 && std::ranges::find(shares, share) == shares.end()) shares.push_back(share);
  }
  return shares;
}

}  // namespace

Question question_of(const EvaluateArgs& args) {
  Question question;
  question.networks.clear();
  for (const std::string& name : split_list(args.networks)) {
    question.networks.emplace_back(find_network(name).name);
  }
  if (question.networks.empty()) throw Error(Code::usage, "--arch: names no network");
  question.width = args.width;
  question.epochs = args.epochs;
  question.repeats = args.repeats;
  const std::string probe = args.probe ? "nearest-neighbour" : "";
  const std::string list = args.breakers == "none" ? probe : args.breakers + (args.probe ? "," + probe : "");
  if (!list.empty()) question.breakers = choose_breakers(list);
  question.shares = parse_shares(args.shares);
  question.clean_breakers = args.clean_breakers;
  question.seed = args.training.seed;
  if (args.clean.empty()) {
    for (const BreakerChoice& choice : question.breakers) {
      const bool asked = args.breakers.find(choice.info->name) != std::string::npos;
      if (choice.info->needs != Needs::nothing && asked) {
        throw Error(Code::clean_missing, "--breakers " + choice.text() + ": needs originals", "add --clean IN");
      }
    }
    if (!question.shares.empty())
      throw Error(Code::clean_missing, "--share: mixtures need originals", "add --clean IN");
  }
  return question;
}

Study open_study(const EvaluateArgs& args, Console& console) {
  Study study;
  study.question = question_of(args);
  PictureSize size = parse_size(args.training.size);
  const unsigned jobs = args.training.jobs == 0 ? allowed_cores() : args.training.jobs;
  Material& m = study.material;
  const auto recorded = recorded_items(args.released, args.train, console);
  const auto read = [&](const std::string& path, Part part, const RecordedItems* known = nullptr) {
    return read_pixel_set(path, training_dataset(args.training, path), part, size, jobs, console, known);
  };
  m.marked = read(args.train, Part::train, recorded ? &*recorded : nullptr);
  if (!args.clean.empty()) m.clean = read(args.clean, Part::train);
  const DatasetOptions test_options = training_dataset(args.training, args.test);
  const bool arrays = holds_part(args.test, test_options, Part::test);
  m.test = read(args.test, arrays ? Part::test : Part::train);
  if (!args.validation.empty()) {
    const bool there = holds_part(args.validation, training_dataset(args.training, args.validation), Part::validation);
    m.validation = read(args.validation, there ? Part::validation : Part::train);
  } else if (arrays && holds_part(args.test, test_options, Part::validation)) {
    m.validation = read(args.test, Part::validation);
  } else {
    auto [validation, test] = split(m.test, kValidationShare, args.training.seed);
    m.validation = std::move(validation);
    m.test = std::move(test);
  }
  std::vector<PixelSet*> sets{&m.marked, &m.validation, &m.test};
  if (m.has_clean()) sets.push_back(&m.clean);
  unite_classes(sets);
  if (!args.target_labels.empty()) relabel(args.target_labels, sets);
  if (m.has_clean()) pair_up(m.marked, m.clean, console, study.warnings);
  check_material(m);
  if (args.items > 0 && args.items < m.marked.size()) {
    const std::vector<std::size_t> chosen = stratified(m.marked, args.items, args.training.seed);
    m.marked = subset(m.marked, chosen);
    if (m.has_clean()) m.clean = subset(m.clean, chosen);
  }
  warn_of_duplicates(study, console, study.warnings);
  study.identity = identity_of(study.question, m);
  return study;
}

}  // namespace wardmark
