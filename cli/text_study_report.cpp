#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/console.h"
#include "cli/text_study.h"

namespace wardmark {
namespace {

using nlohmann::json;

/// Fewest documents from which on every larger number that was tried is evidence by this test; 0: none is.
std::uint32_t needed(const std::vector<TextArm>& arms, const std::vector<TextVerdict>& verdicts, std::size_t test) {
  std::uint32_t least = 0;
  for (std::size_t n = 0; n < arms.size() && arms[n].documents > 0; ++n) {
    if (verdicts[n].findings[test].adjusted > verdicts[n].level) break;
    least = arms[n].documents;
  }
  return least;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
  return text;
}

std::string found_text(const TextFinding& f) {
  const std::string p = "p " + figure(f.p);
  if (f.last) return p + ", " + std::to_string(f.last->hits) + " of " + std::to_string(f.last->sentences);
  return p + ", above " + figure(100 * f.rank->won, "%.0f") + " %";
}

std::string table(const std::vector<TextArm>& arms, const std::vector<TextVerdict>& verdicts) {
  std::string text = " documents   loss";
  for (const TextFinding& f : verdicts.front().findings) text += padded(f.test, 26);
  text += "   evidence\n";
  for (std::size_t n = 0; n < arms.size(); ++n) {
    text += padded(arms[n].documents == 0 ? "twin" : std::to_string(arms[n].documents), 10) +
            padded(figure(arms[n].losses.back(), "%.3f"), 7);
    for (const TextFinding& f : verdicts[n].findings) text += padded(found_text(f), 26);
    text += std::string("   ") + (verdicts[n].evidence() ? "yes" : "no") + "\n";
  }
  return text;
}

}  // namespace

std::string text_study_text(const EvaluateTextArgs& args, const TextStudy& study, const std::vector<TextArm>& arms,
                            const std::vector<TextVerdict>& verdicts, const std::string& compute) {
  const TextVerdict& first = verdicts.front();
  std::string text = printable(args.language.model) + ", " +
                     figure(static_cast<double>(arms.front().parameters) / 1e6, "%.1f") + " M parameters, " +
                     counted(static_cast<std::uint64_t>(args.language.recipe.epochs), "epoch") + " of " +
                     counted(arms.front().tokens, "token") + ", " + compute + "; " +
                     counted(first.sentences, "sentence") + " of " + std::to_string(first.words) + " words" +
                     (study.choice.rank ? " among " + std::to_string(study.choice.siblings) + " siblings" : "") +
                     ", level " + figure(first.level) + "\n" + table(arms, verdicts);
  for (std::size_t t = 0; t < first.findings.size(); ++t) {
    const std::uint32_t least = needed(arms, verdicts, t);
    text += first.findings[t].test + ": " +
            (least > 0 ? "evidence from " + counted(least, "document") + " a sentence on"
                       : "no evidence with up to " + counted(arms.front().documents, "document") + " a sentence") +
            "\n";
  }
  text += verdicts.back().evidence()
              ? "the twin, which read no sentence, is found: --clean is not clean, or --model has read this release\n"
              : "the twin, which read no sentence, is left alone\n";
  return text +
         "one run of each kind: larger models, more passes and smaller corpora learn a sentence from fewer documents; "
         "a "
         "model that was trained on much more text needs more\n";
}

std::string text_study_json(const EvaluateTextArgs& args, const TextStudy& study, const std::vector<TextArm>& arms,
                            const std::vector<TextVerdict>& verdicts, const std::string& compute) {
  json rows = json::array(), least = json::object();
  for (std::size_t n = 0; n < arms.size(); ++n) {
    json losses = json::array();
    for (const double loss : arms[n].losses) losses.push_back(std::round(loss * 1e6) / 1e6);
    const json verdict = json::parse(verdict_json(verdicts[n]));
    rows.push_back({{"documents", arms[n].documents},
                    {"tokens", arms[n].tokens},
                    {"losses", losses},
                    {"seconds", arms[n].seconds},
                    {"evidence", verdicts[n].evidence()},
                    {"p", verdicts[n].p()},
                    {"findings", verdict.at("findings")}});
  }
  for (std::size_t t = 0; t < verdicts.front().findings.size(); ++t) {
    const std::uint32_t documents = needed(arms, verdicts, t);
    least[verdicts.front().findings[t].test] = documents > 0 ? json(documents) : json();
  }
  return json{{"schema", "wardmark.evaluate-text/1"},
              {"release", verdicts.front().release},
              {"model", printable(args.language.model)},
              {"parameters", arms.front().parameters},
              {"vocabulary", args.language.vocabulary},
              {"epochs", args.language.recipe.epochs},
              {"rate", args.language.recipe.rate},
              {"seed", args.language.recipe.seed},
              {"compute", compute},
              {"sentences", verdicts.front().sentences},
              {"words", verdicts.front().words},
              {"siblings", study.choice.siblings},
              {"contexts", study.choice.contexts},
              {"tail", study.choice.tail},
              {"level", verdicts.front().level},
              {"arms", rows},
              {"documents_needed", least},
              {"twin_found", verdicts.back().evidence()}}
             .dump(-1, ' ', false, json::error_handler_t::replace) +
         "\n";
}

}  // namespace wardmark
