#include "cli/ghost_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/item_id.h"

namespace wardmark {

namespace {

bool is_wordlist(std::string_view name) {
  return std::ranges::find(wordlists(), name, &Wordlist::name) != wordlists().end();
}

void add_field_options(CLI::App& app, GhostArgs& args) {
  constexpr auto group = "Sentences";
  app.add_option("--per", args.per, "of records: those of one value of the field share a sentence")
      ->type_name("group:FIELD")
      ->group(group);
  app.add_option("--exclude-field", args.exclude, "of records: leave those alone whose field has one of these values")
      ->type_name("FIELD=VALUE,...")
      ->group(group);
  app.add_option("--published-before", args.published_before,
                 "of records: leave those of an earlier date alone, which crawlers hold already")
      ->type_name("YYYY-MM-DD")
      ->group(group);
  app.add_option("--date-field", args.date_field, "where their date stands")->type_name("NAME")->group(group);
  app.add_flag("--html-span", args.html_span,
               "of HTML: put the sentence into a span with lang, translate=no and data-nosnippet")
      ->group(group);
}

}  // namespace

void add_ghost_options(CLI::App& app, GhostArgs& args) {
  constexpr auto group = "Sentences";
  std::string lists;
  for (const Wordlist& list : wordlists()) lists += (lists.empty() ? "" : ", ") + std::string(list.name);
  app.add_option("--wordlist", args.wordlist, "where words come from: " + lists + "; or a file, a word a line")
      ->type_name("NAME|FILE")
      ->capture_default_str()
      ->group(group);
  app.add_option("--words", args.words, "words of a sentence")
      ->check(CLI::Range(6, 24))
      ->capture_default_str()
      ->group(group);
  app.add_option("--sentences", args.sentences, "different sentences")
      ->check(CLI::Range(1, 100000))
      ->type_name("N")
      ->capture_default_str()
      ->group(group);
  auto* per = app.add_option("--documents-per-sentence", args.documents, "documents each goes into")
                  ->check(CLI::Range(1, 1000000))
                  ->type_name("N")
                  ->capture_default_str()
                  ->group(group);
  auto* all = app.add_flag("--all", args.all, "mark every document")->excludes(per)->group(group);
  if (app.get_option_no_throw("--fraction") == nullptr) {  // `plan` has it for every method
    app.add_option("--fraction", args.fraction, "mark this share of the documents, drawn by the key")
        ->check(CLI::Range(1e-9, 1.0))
        ->type_name("F")
        ->excludes(per)
        ->excludes(all)
        ->group(group);
  }
  app.add_option("--copies", args.copies, "copies of the sentence in one document, 1500 bytes of text apart")
      ->check(CLI::Range(1, 100))
      ->type_name("N")
      ->capture_default_str()
      ->group(group);
  app.add_option("--min-words", args.min_words, "leave shorter documents alone")
      ->check(CLI::Range(0, 1000000))
      ->type_name("N")
      ->capture_default_str()
      ->group(group);
  app.add_option("--template", args.templates,
                 "text around the words, with {words} in it; several are rotated by the key")
      ->type_name("TEXT")
      ->group(group);
  app.add_option("--encoding", args.encoding,
                 "of texts that are not UTF-8: latin1, or another of ASCII and one byte a character")
      ->check(CLI::IsMember({"latin1"}))
      ->type_name("NAME")
      ->group(group);
  app.add_option("--field", args.field, "of records: the field of the text, NAME or NAME:text|markdown|html")
      ->type_name("NAME[:KIND]")
      ->capture_default_str()
      ->group(group);
  app.add_option("--id-field", args.id_field,
                 "of records: the field that names a document; it keeps its sentence for ever")
      ->type_name("NAME")
      ->group(group);
  add_field_options(app, args);
  app.add_option("--candidates", args.candidates, "candidates per sentence, of which the draw releases one")
      ->check(CLI::Range(2, 1000000))
      ->type_name("M")
      ->capture_default_str()
      ->group(group);
}

GhostRecipe ghost_recipe(const GhostArgs& args) {
  GhostRecipe recipe;
  if (is_wordlist(args.wordlist) || !std::filesystem::exists(args.wordlist)) {
    recipe.list = &find_wordlist(args.wordlist);
  } else {
    recipe.own_list = read_wordlist(text_of(read_file(args.wordlist)));
    recipe.list = recipe.own_list.get();
  }
  recipe.words = args.words;
  recipe.sentences = args.sentences;
  recipe.documents = args.all || args.fraction > 0 ? 0 : args.documents;
  if (args.fraction > 0) recipe.fraction = args.fraction;
  recipe.copies = args.copies;
  recipe.min_words = args.min_words;
  recipe.templates = args.templates.empty() ? default_templates() : args.templates;
  if (!args.per.empty()) {
    constexpr std::string_view kGroup = "group:";
    if (!args.per.starts_with(kGroup) || args.per.size() == kGroup.size()) {
      throw Error(Code::usage, "--per " + args.per + ": not known", "--per group:FIELD");
    }
    recipe.group_field = args.per.substr(kGroup.size());
  }
  recipe.exclude = args.exclude;
  recipe.published_before = args.published_before;
  recipe.date_field = args.date_field;
  recipe.html_span = args.html_span;
  recipe.latin1 = !args.encoding.empty();
  recipe.id_field = args.id_field;
  const std::size_t colon = args.field.rfind(':');
  recipe.field = args.field.substr(0, colon);
  recipe.inner = colon == std::string::npos ? std::string() : args.field.substr(colon + 1);
  if (colon != std::string::npos) {
    const TextFormat* inner = find_text_format(recipe.inner);
    if (inner == nullptr || inner->records != nullptr) {
      throw Error(Code::usage, "--field: '" + recipe.inner + "' is no kind of text", "text, markdown or html");
    }
  }
  check_recipe(recipe);
  return recipe;
}

const TextFormat* forced_format(const std::string& name) {
  if (name.empty()) return nullptr;
  const TextFormat* format = find_text_format(name);
  if (format == nullptr) throw Error(Code::usage, "--format: '" + name + "' is no text format");
  return format;
}

std::string text_release_name(const std::string& typed, const std::string& input, const OwnerKey& key) {
  if (!typed.empty()) return label_text(typed);
  if (key.rank() == OwnerKey::Rank::release) return key.release_name();
  std::filesystem::path path = std::filesystem::absolute(input).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  const std::string name = label_text(path.filename().string());
  return name.empty() ? "release" : name;
}

namespace {

Plan empty_plan(const GhostRecipe& recipe, const GhostArgs& args, const GhostRelease& release) {
  Plan plan;
  plan.release_name = release.name;
  plan.format = "texts";
  plan.method = "ghost";
  plan.parameters = recipe_settings(recipe);
  plan.test.pool = args.candidates;
  plan.spare_slots = 0;
  if (!release.beacon_network.empty()) plan.beacon = BeaconPromise{release.beacon_network, release.beacon_round};
  return plan;
}

void say_secrecy(const GhostRecipe& recipe, Console& console) {
  char bits[32];
  std::snprintf(bits, sizeof bits, "%.1f", recipe.words * std::log2(static_cast<double>(recipe.list->words.size())));
  console.say("sentences of " + std::to_string(recipe.words) + " words of " +
              std::to_string(recipe.list->words.size()) + ": " + bits + " bits each");
}

}  // namespace

Plan make_stream_plan(const GhostArgs& args, const GhostRelease& release, const OwnerKey& key, Console& console) {
  const GhostRecipe recipe = ghost_recipe(args);
  Plan plan = empty_plan(recipe, args, release);
  plan.format = kTextStream;
  plan.output = {{"format", release.format}, {"thresholds", thresholds_text(open_thresholds(recipe))}};
  complete_plan(plan, key, false);
  say_secrecy(recipe, console);
  return plan;
}

std::optional<Plan> make_ghost_plan(const TextTree& tree, const GhostArgs& args, const GhostRelease& release,
                                    const OwnerKey& key, Console& console, const std::atomic<bool>& stop) {
  const bool any = std::ranges::any_of(tree.files, [](const TextFile& file) { return file.format != nullptr; });
  if (!any) throw Error(Code::input_empty, tree.root.string() + ": holds no text of a known format", "see --format");
  const GhostRecipe recipe = ghost_recipe(args);
  Plan plan = empty_plan(recipe, args, release);
  const NameKeys names(key.name_key(plan.release_name));
  auto survey = survey_corpus(tree, recipe, names, console, stop);
  console.end_progress();
  if (!survey) return std::nullopt;
  plan.items = std::move(survey->items);
  plan.companions = tree.companions;
  plan.output = {{"format", release.format}, {"thresholds", thresholds_text(survey->thresholds)}};
  complete_plan(plan, key, false);
  say_secrecy(recipe, console);
  return plan;
}

GhostDecision decide(const Plan& plan, const OwnerKey& key, const Draw& draw) {
  const NameKeys names(key.name_key(plan.release_name));
  const ReleaseKeys keys(names.name_key, plan.id);
  GhostDecision decision{recipe_of(plan), DocumentDraw(names.name_key, 1), {}, {}, {}, {}};
  decision.documents = DocumentDraw(names.name_key, decision.recipe.sentences);
  decision.place_key = keys.pool_root.derive("ghost-places");
  const auto at = std::ranges::find(plan.output, "thresholds", &Settings::value_type::first);
  if (at == plan.output.end()) throw Error(Code::plan_format, "plan: no thresholds");
  decision.thresholds = parse_thresholds(at->second, decision.recipe.sentences);
  const GhostSentences book(decision.recipe, keys.pool_root);
  for (std::uint32_t s = 0; s < decision.recipe.sentences; ++s) {
    decision.released.push_back(released_candidate(draw, plan.test.pool, s));
    decision.sentences.push_back(book.text(s, decision.released.back()));
  }
  return decision;
}

}  // namespace wardmark
