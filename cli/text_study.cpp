#include "cli/text_study.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/protect_job.h"
#include "cli/suspect_source.h"
#include "cli/text_corpus.h"
#include "core/error.h"
#include "io/atomic_file.h"
#include "io/item_id.h"
#include "models/text_model.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr auto kArmSchema = "wardmark.evaluate-text-arm/1";
constexpr std::size_t kAskedAtOnce = 512;

std::string arm_name(std::uint32_t documents) { return documents == 0 ? "twin" : "arm-" + std::to_string(documents); }

/// Documents that the most frequent sentence stands in.
std::uint32_t most_documents(const std::vector<ManifestItem>& items, const Subkey& order) {
  std::map<std::uint32_t, std::uint32_t> count;
  std::uint32_t most = 0;
  for (const SentenceHost& host : sentence_hosts(items, order, SIZE_MAX)) most = std::max(most, ++count[host.sentence]);
  return most;
}

std::vector<std::uint32_t> arms_of(const std::vector<std::uint32_t>& typed, std::uint32_t most) {
  std::set<std::uint32_t, std::greater<>> numbers(typed.begin(), typed.end());
  if (typed.empty()) numbers = {(most + 3) / 4, (most + 1) / 2, most};
  if (*numbers.begin() > most) {
    throw Error(Code::usage,
                "--repetitions " + std::to_string(*numbers.begin()) + ": a sentence of this release stands in " +
                    std::to_string(most) + " documents at most",
                "mark a copy with --documents-per-sentence " + std::to_string(*numbers.begin()) + " to try more");
  }
  std::vector<std::uint32_t> arms(numbers.begin(), numbers.end());
  arms.push_back(0);
  return arms;
}

/// The texts that the twin reads.
void each_clean(const EvaluateTextArgs& args, const TextStudy& study, const std::function<void(std::string_view)>& sink,
                Report& report) {
  if (!args.clean.empty()) return each_document_of({args.clean, args.field}, sink, report);
  ReleasedTexts({study.corpus, study.record.plan, study.record.items, study.recipe})
      .each_document_with({}, sink, report);
}

/// Progress without remarks: what is odd about a file was said when it was first read.
class Progress final : public Report {
 public:
  explicit Progress(Report& report) : report_(report) {}
  void progress(std::string_view stage, std::uint64_t done, std::uint64_t total, std::uint64_t bytes) override {
    report_.progress(stage, done, total, bytes);
  }
  void warning(std::string_view, const Note&) override {}
  void refused(std::string_view, const Error&) override {}

 private:
  Report& report_;
};

/// A digest of all texts of a study, read once; the clean ones hold no sentence.
Digest checked_texts(const EvaluateTextArgs& args, const TextStudy& study, Report& report) {
  Digest all{};
  const auto add = [&](std::string_view text) { all = digest(nullptr, "evaluate-text", {all, bytes_of(text)}); };
  ReleasedTexts({study.corpus, study.record.plan, study.record.items, study.recipe})
      .each_document_with(sentence_hosts(study.record.items, text_order(study.keys), study.most), add, report);
  Progress again(report);
  bool marked = false;
  const auto add_clean = [&](std::string_view text) {
    add(text);
    marked = marked || holds_sentence(study.recipe, text);
  };
  each_clean(args, study, add_clean, args.clean.empty() ? again : report);
  if (marked) {
    throw Error(
        Code::test_set,
        shown(args.clean.empty() ? args.corpus : args.clean) + ": a clean text holds a sentence of this release's make",
        "--clean names the corpus as it was before marking");
  }
  return all;
}

std::string identity_of_study(const EvaluateTextArgs& args, const TextStudy& study, const Digest& texts) {
  const LanguageRecipe& r = args.language.recipe;
  const std::string model = fs::is_directory(args.language.model)
                                ? suspect_identity({args.language.model, {}, {}, "auto", 1})
                                : args.language.model;
  const json how{model,
                 args.language.vocabulary,
                 args.language.compute.device,
                 args.language.compute.precision,
                 r.context,
                 r.batch,
                 r.epochs,
                 r.rate,
                 r.seed,
                 args.test.context_bytes,
                 study.choice.last,
                 study.choice.rank,
                 args.field,
                 study.choice.siblings,
                 study.choice.contexts,
                 study.choice.tail,
                 to_hex(texts)};
  return to_hex(digest(nullptr, "evaluate-text", {study.record.plan.hash, bytes_of(how.dump())}));
}

json json_of(const TextArm& arm) {
  return {{"schema", kArmSchema},         {"documents", arm.documents}, {"tokens", arm.tokens},
          {"parameters", arm.parameters}, {"losses", arm.losses},       {"seconds", arm.seconds},
          {"texts", arm.last.texts},      {"scores", arm.rank.scores}};
}

/// Absent where there is no such file.
std::optional<TextArm> read_arm(const fs::path& file) {
  if (!fs::exists(file)) return std::nullopt;
  try {
    const json value = json::parse(text_of(read_file(file)));
    if (value.at("schema") != kArmSchema) throw Error(Code::record_format, shown(file) + ": of another version");
    TextArm arm{value.at("documents"),
                value.at("tokens"),
                value.at("parameters"),
                value.at("losses"),
                value.at("seconds"),
                {},
                {}};
    value.at("texts").get_to(arm.last.texts);
    value.at("scores").get_to(arm.rank.scores);
    return arm;
  } catch (const json::exception&) {
    throw Error(Code::record_format, shown(file) + ": is damaged", "remove it and give --resume");
  }
}

/// Asks as `verify text` does, last words first. False when it was stopped.
bool ask(TextModel& model, const TextAsked& asked, TextArm& arm, const std::atomic<bool>& stop, Report& report) {
  const std::vector<TextPrompt>& prompts = asked.last.prompts;
  for (std::size_t from = 0; from < prompts.size();) {
    if (stop) return false;
    std::vector<std::string> texts;
    const unsigned tokens = prompts[from].tokens;
    for (; from < prompts.size() && texts.size() < kAskedAtOnce && prompts[from].tokens == tokens; ++from)
      texts.push_back(prompts[from].text);
    for (std::string& text : model.continued(texts, tokens)) arm.last.texts.push_back(std::move(text));
    report.progress("asking to continue", from, prompts.size(), 0);
  }
  const std::vector<TextItem>& items = asked.rank.items;
  for (std::size_t from = 0; from < items.size();) {
    if (stop) return false;
    std::vector<TextInContext> texts;
    for (; from < items.size() && texts.size() < kAskedAtOnce; ++from)
      texts.push_back({items[from].context, items[from].text});
    for (const std::vector<float>& scores : model.scored(texts)) {
      std::vector<std::int64_t>& row = arm.rank.scores.emplace_back();
      for (const float score : scores) row.push_back(millionths(score));
    }
    report.progress("asking for scores", from, items.size(), 0);
  }
  return true;
}

/// Error(parameter) where a sentence is longer than the model reads.
void check_lengths(const TextAsked& asked, const TrainedFolder& folder) {
  const auto most = static_cast<std::size_t>(folder.model->config().context);
  for (std::size_t n = 0; n < asked.rank.items.size(); ++n) {
    if (asked.rank.places[n].host > 0) continue;  // the same words again
    const std::size_t tokens = folder.tokenizer->encode(asked.rank.items[n].text).size();
    if (tokens < most) continue;
    throw Error(Code::parameter,
                "a sentence of " + std::to_string(tokens) + " tokens, and the model reads " + std::to_string(most),
                "a larger --context, or a larger --vocabulary, which cuts texts into fewer tokens");
  }
}

/// Absent when it was stopped.
std::optional<TextArm> run_arm(const EvaluateTextArgs& args, const TextStudy& study, const StudyFolder& folder,
                               std::uint32_t documents, const Compute& compute, const std::atomic<bool>& stop,
                               Console& console) {
  const std::string name = arm_name(documents);
  Progress progress(console);
  const ReleasedTexts release({study.corpus, study.record.plan, study.record.items, study.recipe});
  const auto hosts = sentence_hosts(study.record.items, text_order(study.keys), documents);
  const Texts texts = [&](const std::function<void(std::string_view)>& sink) {
    if (documents == 0) return each_clean(args, study, sink, progress);
    release.each_document_with(hosts, sink, progress);
  };
  TrainedFolder trained = begin_language(args.language, texts, compute);
  const TextAsked asked = asked_of(study, args, documents, progress);
  check_lengths(asked, trained);
  const std::vector<std::int32_t> tokens = language_tokens(trained, texts, args.language.model);
  const Bytes earlier = folder.checkpoint(name);
  LanguageControl control;
  control.resume = earlier;
  control.checkpoint = [&](const Bytes& bytes) { folder.keep_checkpoint(name, bytes); };
  control.stop = [&] { return stop.load(); };
  control.report = &console;
  const LanguageTrained training = train_language(*trained.model, tokens, args.language.recipe, control, compute);
  if (training.stopped) return std::nullopt;
  TextArm arm{documents, tokens.size(), 0, {}, 0, {}, {}};
  for (const torch::Tensor& parameter : trained.model->parameters())
    arm.parameters += static_cast<std::uint64_t>(parameter.numel());
  for (const LanguageEpoch& epoch : training.epochs) {
    arm.losses.push_back(epoch.loss);
    arm.seconds += epoch.seconds;
  }
  if (args.keep_models && !fs::exists(folder.path() / name)) write_language_folder(folder.path() / name, trained);
  Compute exact = compute;
  exact.bf16 = false;  // as `verify text` asks a folder
  TextModel model(trained.model, std::move(trained.tokenizer), exact);
  if (!ask(model, asked, arm, stop, console)) return std::nullopt;
  write_file(folder.path() / (name + ".json"),
             bytes_of(json_of(arm).dump(-1, ' ', false, json::error_handler_t::replace) + "\n"), 0600);
  folder.drop_checkpoint();
  return arm;
}

}  // namespace

TextStudy open_text_study(const EvaluateTextArgs& args, Console& console) {
  check_language_recipe(args.language.recipe);
  if (!fs::is_directory(args.language.model)) find_language_size(args.language.model);
  const OwnerKey key = load_key(args.key, console);
  const RecordFolder folder = record_of(args.record, args.corpus);
  OpenRecord record = open_record(folder, key);
  if (record.plan.method != "ghost") {
    throw Error(Code::no_test, "'" + record.plan.method + "' puts no sentences into texts",
                "`wardmark evaluate` trains on releases of pictures");
  }
  if (record.plan.format == kTextStream) {
    throw Error(Code::no_test, "this release came as a stream, and its documents are not in files of their own",
                "mark the corpus as files to try it out");
  }
  const ReleaseKeys keys = release_keys(record.plan, key);
  const Draw draw = recorded_draw(folder, record.plan, keys);
  GhostRecipe recipe = recipe_of(record.plan);
  TextStudy study{args.corpus, std::move(record), keys, draw, std::move(recipe), chosen_text_tests(args.test), 0, {},
                  {}};
  study.most = most_documents(study.record.items, text_order(keys));
  if (study.most == 0) throw Error(Code::no_test, "no sentence of this release stands in a document");
  study.arms = arms_of(args.repetitions, study.most);
  text_asked(study.record, study.keys, study.draw, study.choice, {});  // fails now rather than behind hours of training
  study.identity = identity_of_study(args, study, checked_texts(args, study, console));
  return study;
}

TextAsked asked_of(const TextStudy& study, const EvaluateTextArgs& args, std::uint32_t documents, Report& report) {
  TextTestArgs test = args.test;
  if (documents > 0) test.choice.contexts = std::min(test.choice.contexts, documents);
  const auto hosts = chosen_hosts(test, study.corpus, study.record.plan, study.record.items, study.keys, report);
  return text_asked(study.record, study.keys, study.draw, study.choice, hosts);
}

std::vector<TextArm> run_text_study(const EvaluateTextArgs& args, const TextStudy& study, const StudyFolder& folder,
                                    const Compute& compute, const std::atomic<bool>& stop, Console& console) {
  std::vector<TextArm> arms;
  for (const std::uint32_t documents : study.arms) {
    std::optional<TextArm> arm = read_arm(folder.path() / (arm_name(documents) + ".json"));
    if (!arm) {
      console.say(documents == 0 ? std::string("training the twin, without sentences")
                                 : "training with each sentence in " + counted(documents, "document"));
      arm = run_arm(args, study, folder, documents, compute, stop, console);
      console.end_progress();
    }
    if (!arm) break;
    arms.push_back(std::move(*arm));
  }
  return arms;
}

TextVerdict arm_verdict(const TextStudy& study, const TextAsked& asked, const TextArm& arm) {
  const Plan& plan = study.record.plan;
  if (arm.last.texts.size() != asked.last.prompts.size() || arm.rank.scores.size() != asked.rank.items.size()) {
    throw Error(Code::recipe_changed, arm_name(arm.documents) + ".json: holds answers to other questions",
                "files of the release changed since; remove it and give --resume");
  }
  TextEvidence evidence;
  evidence.earlier.assign(study.choice.last.size(), 0);
  evidence.last = arm.last;
  evidence.rank = arm.rank;
  const LoggedTest test{{to_hex(ByteView(plan.id)), arm_name(arm.documents), {}, plan.test.alpha / plan.test.suspects},
                        1};
  return judged_text(study.record, study.choice, asked, evidence, test, {}, study.draw, false);
}

std::vector<std::string> arm_files(const fs::path& folder) {
  std::vector<std::string> names;
  if (!fs::exists(folder)) return names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("arm-") || name.starts_with("twin")) names.push_back(name);
  }
  return names;
}

}  // namespace wardmark
