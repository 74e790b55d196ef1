#include "cli/text_bundle.h"

#include <array>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/atomic_file.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr auto kTestSchema = "wardmark.bundle-text/1";
constexpr std::array kAnswerFiles = {kProbeFile, kLastFile, kRankFile, kReferenceProbeFile, kReferenceFile};

constexpr auto kAbout =
    "Evidence of one test of a language model, made by wardmark. The bundle proves arithmetic. That the answers are "
    "those of\na certain model is shown only by asking it again:\n\n"
    "    wardmark verify text --suspect MODEL --record record -k release.key --log NEW-FILE\n\n"
    "test.json     which tests were made, and what stood before the sentences where they were asked about in "
    "documents\n"
    "probe.json    what the model could do\n"
    "last.jsonl    how it continued beginnings of the released sentences\n"
    "rank.jsonl    how it scored sentences and their siblings; reference*: the same of the reference model\n\n";

std::string test_text(const TextTestFiles& files) {
  const TextChoice& c = files.choice;
  json hosts = json::array();
  for (const HostContext& host : files.hosts) hosts.push_back({host.sentence, host.document, host.before});
  json value = json_of(files);
  value.update({{"schema", kTestSchema},
                {"last", c.last},
                {"rank", c.rank},
                {"siblings", c.siblings},
                {"contexts", c.contexts},
                {"tail", c.tail},
                {"compare", c.compare},
                {"hosts", hosts},
                {"reference", files.reference},
                {"not_made", files.left_out},
                {"guesses_before", files.earlier}});
  return value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

TextTestFiles parse_test(const fs::path& file) {
  try {
    const json value = json::parse(text_of_file(file));
    TextTestFiles files;
    take(value, files);
    TextChoice& c = files.choice;
    value.at("last").get_to(c.last);
    value.at("rank").get_to(c.rank);
    value.at("siblings").get_to(c.siblings);
    value.at("contexts").get_to(c.contexts);
    value.at("tail").get_to(c.tail);
    value.at("compare").get_to(c.compare);
    for (const json& host : value.at("hosts")) files.hosts.push_back({host.at(0), host.at(1), host.at(2)});
    value.at("reference").get_to(files.reference);
    value.at("not_made").get_to(files.left_out);
    value.at("guesses_before").get_to(files.earlier);
    if (files.earlier.size() != c.last.size() || (c.last.empty() && !c.rank)) bundle_altered(file, "names no tests");
    return files;
  } catch (const json::exception&) {
    bundle_altered(file, "is damaged");
  }
}

}  // namespace

TextEvidence answers_in(const fs::path& folder, const TextChoice& choice, const TextAsked& asked,
                        const std::string& reference) {
  const auto journal = [&](const char* name, const TextHello& hello, const TextQuestions& questions) {
    return parse_text_journal(text_of_file(folder / name), identity_of(questions, hello), questions);
  };
  TextEvidence evidence;
  evidence.probe = parse_text_probe(text_of_file(folder / kProbeFile));
  if (!asked.last.prompts.empty()) evidence.last = journal(kLastFile, evidence.probe.hello, {asked.last.prompts, {}});
  if (!choice.rank) return evidence;
  evidence.rank = journal(kRankFile, evidence.probe.hello, {{}, asked.rank.items});
  if (choice.compare.empty()) return evidence;
  evidence.reference = parse_text_probe(text_of_file(folder / kReferenceProbeFile)).hello;
  evidence.reference_name = reference;
  evidence.other = journal(kReferenceFile, evidence.reference, {{}, asked.rank.items});
  return evidence;
}

void write_text_bundle(const fs::path& folder, const RecordFolder& record, const Plan& plan, const OwnerKey& key,
                       const TextTestFiles& files) {
  BundleWriter bundle(folder);
  bundle.add_record(kAbout, record, plan, key, files.log);
  bundle.add("test.json", bytes_of(test_text(files)));
  for (const char* name : kAnswerFiles) {
    if (fs::exists(files.answers / name)) bundle.add(name, read_file(files.answers / name));
  }
  bundle.seal(release_keys(plan, key));
}

bool is_text_bundle(const fs::path& folder) { return bundle_schema(folder) == kTestSchema; }

TextVerdict recomputed_text(const fs::path& folder, bool show) {
  const OpenBundle bundle = open_bundle(folder);
  const TextTestFiles test = parse_test(folder / "test.json");
  const Plan& plan = bundle.record.plan;
  if (test.intent.release != to_hex(ByteView(plan.id))) bundle_altered(folder / "test.json", "is of another release");
  const Draw draw = recorded_draw(RecordFolder(folder / "record"), plan, bundle.keys);
  const TextAsked asked = text_asked(bundle.record, bundle.keys, draw, test.choice, test.hosts);
  TextEvidence evidence = answers_in(folder, test.choice, asked, test.reference);
  evidence.left_out = test.left_out;
  evidence.earlier = test.earlier;
  TextVerdict verdict = judged_text(bundle.record, test.choice, asked, evidence, test, bundle.stamps, draw, show);
  check_bundle_log(bundle, test, verdict.table, verdict.p());
  return verdict;
}

}  // namespace wardmark
