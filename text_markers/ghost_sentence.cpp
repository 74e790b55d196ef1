#include "text_markers/ghost_sentence.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "core/error.h"
#include "core/random.h"

namespace wardmark {
namespace {

constexpr std::string_view kSlot = "{words}";

void need(bool fits, const std::string& what, const std::string& hint = {}) {
  if (!fits) throw Error(Code::parameter, what, hint);
}

void check_template(const std::string& text) {
  const std::size_t at = text.find(kSlot);
  need(at != std::string::npos && text.find(kSlot, at + 1) == std::string::npos,
       "--template '" + text + "': must hold {words} once");
  const std::string around = text.substr(0, at) + text.substr(at + kSlot.size());
  need(around.find_first_of("0123456789{}@<>&[]()\"`*_#\\$%|\t\r\n") == std::string::npos,
       "--template '" + text + "': digits, brackets, quotes and marks of markup trip filters or formats");
  need(around.find("://") == std::string::npos, "--template '" + text + "': no address may stand in it");
  need(text.size() <= 200, "--template: longer than 200 bytes");
  need(text.back() == '.', "--template '" + text + "': must end with a full stop", "for example 'Our mark: {words}.'");
}

std::string exact_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

std::uint32_t number(const Settings& settings, std::string_view name) {
  const auto at = std::ranges::find(settings, name, &Settings::value_type::first);
  std::uint32_t value = 0;
  if (at == settings.end() ||
      std::from_chars(at->second.data(), at->second.data() + at->second.size(), value).ec != std::errc()) {
    throw Error(Code::plan_format, "plan: no number called " + std::string(name));
  }
  return value;
}

}  // namespace

std::vector<std::string> default_templates() {
  return {"A ghost sentence marks this text and reads {words}.",
          "Readers may skip these words which mark the page: {words}.",
          "The owner of this text left a mark here: {words}.", "This line only shows who wrote the page: {words}."};
}

void check_recipe(const GhostRecipe& recipe) {
  need(recipe.list != nullptr, "no word list");
  need(recipe.words >= 6 && recipe.words <= 24, "--words: from 6 to 24");
  need(recipe.sentences >= 1 && recipe.sentences <= 100000, "--sentences: from 1 to 100000");
  need(recipe.fraction > 0 && recipe.fraction <= 1, "--fraction: above 0, at most 1");
  need(!recipe.templates.empty() && recipe.templates.size() <= 64, "--template: from 1 to 64");
  for (const std::string& text : recipe.templates) check_template(text);
}

Settings recipe_settings(const GhostRecipe& recipe) {
  Settings settings{{"documents-per-sentence", std::to_string(recipe.documents)},
                    {"encoding", recipe.latin1 ? "latin1" : ""},
                    {"field", recipe.field},
                    {"fraction", exact_number(recipe.fraction)},
                    {"id-field", recipe.id_field},
                    {"inner", recipe.inner},
                    {"min-words", std::to_string(recipe.min_words)},
                    {"sentences", std::to_string(recipe.sentences)}};
  for (const std::string& text : recipe.templates) settings.emplace_back("template", text);
  settings.emplace_back("wordlist", recipe.list->name);
  settings.emplace_back("wordlist-digest", to_hex(wordlist_digest(*recipe.list)));
  settings.emplace_back("words", std::to_string(recipe.words));
  return settings;
}

GhostRecipe recipe_of(const Plan& plan) {
  if (plan.method != "ghost") {
    throw Error(Code::plan_format, "the plan is of method '" + plan.method + "', not of ghost sentences");
  }
  const auto text = [&](std::string_view name) {
    const auto at = std::ranges::find(plan.parameters, name, &Settings::value_type::first);
    return at == plan.parameters.end() ? std::string() : at->second;
  };
  GhostRecipe recipe;
  recipe.list = &find_wordlist(text("wordlist"));
  if (to_hex(wordlist_digest(*recipe.list)) != text("wordlist-digest")) {
    throw Error(Code::plan_format, "the plan was made with another version of word list " + text("wordlist"),
                "use the wardmark it was made with");
  }
  recipe.words = number(plan.parameters, "words");
  recipe.sentences = number(plan.parameters, "sentences");
  recipe.documents = number(plan.parameters, "documents-per-sentence");
  const std::string fraction = text("fraction");
  recipe.fraction = std::strtod(fraction.c_str(), nullptr);
  recipe.min_words = number(plan.parameters, "min-words");
  recipe.latin1 = text("encoding") == "latin1";
  recipe.field = text("field");
  recipe.id_field = text("id-field");
  recipe.inner = text("inner");
  for (const auto& [name, value] : plan.parameters) {
    if (name == "template") recipe.templates.push_back(value);
  }
  check_recipe(recipe);
  return recipe;
}

std::vector<std::uint32_t> GhostSentences::words(std::uint32_t sentence, std::uint32_t candidate) const {
  Stream stream(pool_key(pool_root_, candidate), "ghost-words", std::to_string(sentence));
  std::vector<std::uint32_t> drawn(recipe_.words);
  for (std::uint32_t& word : drawn) word = stream.below(static_cast<std::uint32_t>(recipe_.list->words.size()));
  return drawn;
}

std::string GhostSentences::phrase(std::uint32_t sentence, std::uint32_t candidate) const {
  std::string text;
  for (const std::uint32_t word : words(sentence, candidate)) {
    if (!text.empty()) text += ' ';
    text += recipe_.list->words[word];
  }
  return text;
}

std::string GhostSentences::text(std::uint32_t sentence, std::uint32_t candidate) const {
  const auto count = static_cast<std::uint32_t>(recipe_.templates.size());
  const std::uint32_t which = Stream(pool_root_, "ghost-template", std::to_string(sentence)).below(count);
  std::string text = recipe_.templates[which];
  return text.replace(text.find(kSlot), kSlot.size(), phrase(sentence, candidate));
}

std::uint32_t released_candidate(const Draw& draw, std::uint32_t pool, std::uint32_t sentence) {
  return Stream(draw.coins, "ghost-candidate", std::to_string(sentence)).below(pool);
}

DocumentDraw::Ticket DocumentDraw::ticket(std::string_view document) const {
  Stream stream(key_, "ghost-document", document);
  const std::uint32_t sentence = stream.below(sentences_);
  return {sentence, stream.u64()};
}

}  // namespace wardmark
