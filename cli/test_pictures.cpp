#include "cli/test_pictures.h"

#include <algorithm>
#include <set>

#include "cli/dataset_formats.h"
#include "cli/dataset_options.h"
#include "cli/judgement.h"
#include "cli/release_options.h"
#include "cli/study_options.h"
#include "core/error.h"
#include "core/random.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

struct OpenTest {
  std::unique_ptr<DatasetReader> reader;
  std::string format;
  std::vector<std::string> splits;
};

OpenTest open_test(const TestSource& source) {
  DatasetOptions options;
  options.labels = parse_label_source(source.labels);
  options.class_names = source.classes;
  options.splits = source.splits.empty() ? std::vector<std::string>{"train"} : split_list(source.splits);
  options.study.looking = true;
  options.jobs = default_jobs();
  const DatasetFormat& format = dataset_format_for(source.data, options);
  if (format.name == "npz" && source.splits.empty()) options.splits = {"test"};
  return {format.open(source.data, options), std::string(format.name), options.splits};
}

Digest candidates(const DatasetReader& reader, const std::vector<std::string>& classes) {
  std::vector<std::string> lines;
  const std::vector<Item>& items = reader.survey().items;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i].protect || std::ranges::find(classes, items[i].label) == classes.end()) continue;
    lines.push_back(items[i].label + '\0' + to_hex(output_digest(reader.fetch(i))));
  }
  std::ranges::sort(lines);
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return digest(nullptr, "test-candidates", {bytes_of(text)});
}

/// Reads the candidates, refuses files of the release, and takes as many of each class, by the order key.
class Choice {
 public:
  Choice(const TestSource& source, const OpenRecord& record, const Subkey& order, Console& console)
      : source_(source), plan_(record.plan), order_(order), console_(console) {
    for (const ManifestItem& item : all_items(record)) {
      if (item.state != ItemState::protected_) continue;
      stored_.insert(item.output);
      content_.insert(item.output_content);
    }
  }

  TestPictures choose() {
    OpenTest test = open_test(source_);
    chosen_.format = test.format;
    chosen_.splits = test.splits;
    const DatasetReader& reader = *test.reader;
    if (plan_.test.pictures && *plan_.test.pictures != candidates(reader, class_names_of(plan_))) {
      throw Error(Code::no_test, shown(source_.data) + ": these are not the test pictures that the plan names",
                  "the plan was made with --test, and only those pictures can be asked about");
    }
    const std::vector<Item>& items = reader.survey().items;
    std::vector<std::vector<std::size_t>> by_class(plan_.classes.size());
    std::size_t foreign = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (!items[i].protect) continue;
      const auto at = std::ranges::find(plan_.classes, items[i].label, &PlanClass::name);
      if (at == plan_.classes.end()) {
        ++foreign;
      } else {
        by_class[static_cast<std::size_t>(at - plan_.classes.begin())].push_back(i);
      }
    }
    if (foreign > 0) console_.warn(counted(foreign, "test picture") + " of no class of the release left out");
    const std::size_t each = size_of_class(by_class);
    for (std::size_t c = 0; c < by_class.size(); ++c) take(reader, by_class[c], each, static_cast<std::uint32_t>(c));
    chosen_.identity = to_hex(digest(nullptr, "test-pictures", {bytes_of(seen_)}));
    return chosen_;
  }

 private:
  std::size_t size_of_class(const std::vector<std::vector<std::size_t>>& by_class) const {
    std::size_t each = plan_.test.images_per_class;
    for (std::size_t c = 0; c < by_class.size(); ++c) {
      if (by_class[c].empty()) {
        throw Error(Code::no_test, "no test picture of class " + printable(plan_.classes[c].name),
                    "every class of the release needs clean pictures");
      }
      each = std::min(each, by_class[c].size());
    }
    const std::uint64_t cells = std::uint64_t{plan_.test.pool} * by_class.size();
    if (source_.queries > 0) each = std::min<std::size_t>(each, source_.queries / (cells * by_class.size()));
    if (each * by_class.size() < kFewestPictures) {
      throw Error(Code::no_test,
                  "only " + std::to_string(each * by_class.size()) + " test pictures with as many of each class, not " +
                      std::to_string(kFewestPictures),
                  "give more pictures, or more --queries: " + std::to_string(cells * kFewestPictures) + " at least");
    }
    return each;
  }

  void take(const DatasetReader& reader, const std::vector<std::size_t>& items, std::size_t each, std::uint32_t c) {
    Stream stream(order_, "test-pictures", std::to_string(c));
    std::size_t taken = 0;
    for (const std::uint32_t k : stream.permutation(static_cast<std::uint32_t>(items.size()))) {
      if (taken == each) return;
      const Item& item = reader.survey().items[items[k]];
      const Bytes stored = reader.fetch(items[k]);
      const Digest content = content_digest(reader.decode(items[k], stored).image);
      if (stored_.contains(output_digest(stored)) || content_.contains(content)) {
        throw Error(Code::test_marked, shown(item.id) + ": is a picture of the release",
                    "test with originals, or with pictures that were never released");
      }
      chosen_.contents.push_back(to_hex(content));
      seen_ += chosen_.contents.back();
      chosen_.pictures.emplace_back(item.id, c);
      ++taken;
    }
  }

  const TestSource& source_;
  const Plan& plan_;
  const Subkey& order_;
  Console& console_;
  std::set<Digest> stored_, content_;
  std::string seen_;
  TestPictures chosen_;
};

}  // namespace

Digest test_candidates(const TestSource& source, const std::vector<std::string>& classes) {
  return candidates(*open_test(source).reader, classes);
}

TestPictures choose_test_pictures(const TestSource& source, const OpenRecord& record, const Subkey& order,
                                  Console& console) {
  return Choice(source, record, order, console).choose();
}

TestPictures choose_originals(const TestSource& source, const OpenRecord& record, const NameKeys& names,
                              const Subkey& order, Console& console) {
  const Plan& plan = record.plan;
  TestSource named = source;
  for (const auto& [what, value] : plan.output) {
    if (what == "splits" && named.splits.empty()) named.splits = value;
  }
  const OpenTest test = open_test(named);
  const std::vector<Item>& items = test.reader->survey().items;
  TestPictures chosen;
  chosen.format = test.format;
  chosen.splits = test.splits;
  std::string seen;
  std::vector<std::uint64_t> places;
  for (const ManifestItem& item : record.items) {
    if (item.state == ItemState::protected_ && plan.items.at(item.n).class_index != kNoClass) places.push_back(item.n);
  }
  std::size_t foreign = 0, missing = 0;
  const std::size_t most = source.queries > 0 ? source.queries / 2 : places.size();
  if (most < places.size()) {
    Stream stream(order, "twin-pictures");
    std::vector<std::uint64_t> drawn;
    for (const std::uint32_t k : stream.permutation(static_cast<std::uint32_t>(places.size()))) {
      if (drawn.size() < most) drawn.push_back(places[k]);
    }
    std::ranges::sort(drawn);
    places = drawn;
  }
  for (const std::uint64_t place : places) {
    const PlanItem& planned = plan.items[place];
    const auto at = std::ranges::lower_bound(items, planned.id, {}, &Item::id);
    if (at == items.end() || at->id != planned.id) {
      ++missing;
      continue;
    }
    const auto n = static_cast<std::size_t>(at - items.begin());
    const Bytes stored = test.reader->fetch(n);
    if (planned.input != input_digest(stored, names)) {
      ++foreign;
      continue;
    }
    chosen.contents.push_back(to_hex(content_digest(test.reader->decode(n, stored).image)));
    seen += chosen.contents.back();
    chosen.pictures.emplace_back(planned.id, planned.class_index);
    chosen.places.push_back(place);
  }
  if (foreign + missing > 0) {
    console.warn(counted(foreign, "picture") + " that " + (foreign == 1 ? "is" : "are") +
                 " not as the release was made from, and " + counted(missing, "original") + " that " +
                 (missing == 1 ? "is" : "are") + " not there, left out");
  }
  if (chosen.pictures.empty()) {
    throw Error(Code::no_test, shown(source.data) + ": holds no original of the release",
                "a test of twins asks about the pictures the release was made from: --test ORIGINALS");
  }
  chosen.identity = to_hex(digest(nullptr, "test-pictures", {bytes_of(seen)}));
  return chosen;
}

namespace {

/// What the two kinds of questions have in common.
QueryJob questions(const Plan& plan, const TestSource& source, const TestPictures& pictures) {
  QueryJob job;
  job.method = plan.method;
  job.parameters = plan.parameters;
  job.output = plan.output;
  job.classes = class_names_of(plan);
  job.items = plan.items.size();
  job.data = std::filesystem::absolute(source.data).string();
  job.format = pictures.format;
  job.labels = source.labels;
  job.class_names = source.classes;
  job.splits = pictures.splits;
  job.pictures = pictures.pictures;
  return job;
}

}  // namespace

QueryJob questions_of(const Plan& plan, const ReleaseKeys& keys, const TestSource& source,
                      const TestPictures& pictures) {
  QueryJob job = questions(plan, source, pictures);
  job.pool = pool_of(plan, keys);
  job.order = keys.pool_root.derive("query-order");
  return job;
}

QueryJob questions_about_twins(const Plan& plan, const Subkey& order, const Draw& draw, const TestSource& source,
                               const TestPictures& originals) {
  QueryJob job = questions(plan, source, originals);
  job.pool = {draw.pool_key};
  job.slots = draw.slots;
  job.places = originals.places;
  job.order = order;
  return job;
}

std::vector<TestPicture> load_test_pictures(const QueryJob& job) {
  DatasetOptions options;
  options.format = job.format;
  options.labels = parse_label_source(job.labels);
  options.class_names = job.class_names;
  options.splits = job.splits;
  options.study = study_options(job.output, find_method(job.method));
  options.study.looking = true;
  options.jobs = job.jobs;
  const auto reader = dataset_format_for(job.data, options).open(job.data, options);
  const std::vector<Item>& items = reader->survey().items;
  std::vector<TestPicture> pictures;
  for (const auto& [id, class_index] : job.pictures) {
    const auto at = std::ranges::lower_bound(items, id, {}, &Item::id);
    if (at == items.end() || at->id != id) throw Error(Code::read_failed, shown(id) + ": is not there any more");
    const auto place = static_cast<std::size_t>(at - items.begin());
    const std::uint64_t planned = job.places.empty() ? 0 : job.places.at(pictures.size());
    pictures.push_back(test_picture(id, class_index, reader->decode(place, reader->fetch(place)), planned));
  }
  return pictures;
}

}  // namespace wardmark
