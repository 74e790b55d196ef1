#include "text_markers/ghost_sentence.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>

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

std::string joined_words(const Wordlist& list) {
  std::string text;
  for (const std::string_view word : list.words) text += (text.empty() ? "" : " ") + std::string(word);
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

bool is_date(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-dd";
  if (text.size() < kForm.size()) return false;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == 'd' ? !digit : text[i] != kForm[i]) return false;
  }
  return true;
}

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
  need(recipe.copies >= 1 && recipe.copies <= 100, "--copies: from 1 to 100");
  need(recipe.exclude.empty() || (recipe.exclude.find('=') != std::string::npos && recipe.exclude.front() != '='),
       "--exclude-field " + recipe.exclude + ": must be FIELD=VALUE,VALUE");
  need(recipe.published_before.empty() || is_date(recipe.published_before),
       "--published-before " + recipe.published_before + ": no date", "YYYY-MM-DD");
  need(recipe.published_before.empty() == recipe.date_field.empty(), "--published-before and --date-field go together");
  need(!recipe.templates.empty() && recipe.templates.size() <= 64, "--template: from 1 to 64");
  for (const std::string& text : recipe.templates) check_template(text);
}

Settings recipe_settings(const GhostRecipe& recipe) {
  Settings settings{{"date-field", recipe.date_field},
                    {"documents-per-sentence", std::to_string(recipe.documents)},
                    {"encoding", recipe.latin1 ? "latin1" : ""},
                    {"exclude-field", recipe.exclude},
                    {"field", recipe.field},
                    {"fraction", exact_number(recipe.fraction)},
                    {"group-field", recipe.group_field},
                    {"html-span", recipe.html_span ? "yes" : ""},
                    {"id-field", recipe.id_field},
                    {"inner", recipe.inner},
                    {"min-words", std::to_string(recipe.min_words)},
                    {"published-before", recipe.published_before},
                    {"sentences", std::to_string(recipe.sentences)}};
  for (const std::string& text : recipe.templates) settings.emplace_back("template", text);
  settings.emplace_back("wordlist", recipe.list->name);
  settings.emplace_back("wordlist-digest", to_hex(wordlist_digest(*recipe.list)));
  if (recipe.own_list) settings.emplace_back("wordlist-words", joined_words(*recipe.list));
  settings.emplace_back("words", std::to_string(recipe.words));
  if (recipe.copies > 1) settings.emplace_back("copies", std::to_string(recipe.copies));
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
  if (const std::string words = text("wordlist-words"); !words.empty()) {
    recipe.own_list = own_wordlist(words);
    recipe.list = recipe.own_list.get();
  } else {
    recipe.list = &find_wordlist(text("wordlist"));
  }
  if (to_hex(wordlist_digest(*recipe.list)) != text("wordlist-digest")) {
    throw Error(Code::plan_format, "the plan was made with another version of word list " + text("wordlist"),
                "use the wardmark it was made with");
  }
  recipe.words = number(plan.parameters, "words");
  recipe.sentences = number(plan.parameters, "sentences");
  recipe.documents = number(plan.parameters, "documents-per-sentence");
  const std::string fraction = text("fraction");
  recipe.fraction = std::strtod(fraction.c_str(), nullptr);
  if (!text("copies").empty()) recipe.copies = number(plan.parameters, "copies");
  recipe.min_words = number(plan.parameters, "min-words");
  recipe.html_span = !text("html-span").empty();
  recipe.group_field = text("group-field");
  recipe.exclude = text("exclude-field");
  recipe.published_before = text("published-before");
  recipe.date_field = text("date-field");
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

bool holds_sentence(const GhostRecipe& recipe, std::string_view text) {
  for (const std::string& made : recipe.templates) {
    const std::string_view lead = std::string_view(made).substr(0, made.find(kSlot));
    const auto next = [&](std::size_t from) {
      const void* found = ::memmem(text.data() + from, text.size() - from, lead.data(), lead.size());
      return found == nullptr ? text.npos : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
    };
    for (std::size_t at = lead.empty() ? text.npos : next(0); at != text.npos; at = next(at + 1)) {
      std::string_view rest = text.substr(at + lead.size());
      std::uint32_t words = 0;
      while (words < recipe.words) {
        const std::size_t end = std::min(rest.find_first_of(" .,;:\r\n<\"\\"), rest.size());
        if (std::ranges::find(recipe.list->words, rest.substr(0, end)) == recipe.list->words.end()) break;
        rest.remove_prefix(std::min(end + 1, rest.size()));
        ++words;
      }
      if (words == recipe.words) return true;
    }
  }
  return false;
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

DocumentDraw::Ticket DocumentDraw::ticket(std::string_view document, std::string_view group) const {
  if (!group.empty()) {
    const std::uint32_t shared = Stream(key_, "ghost-group", group).below(sentences_);
    return {shared, Stream(key_, "ghost-document", document).u64()};
  }
  Stream stream(key_, "ghost-document", document);
  const std::uint32_t sentence = stream.below(sentences_);
  return {sentence, stream.u64()};
}

}  // namespace wardmark
