#include "text_markers/survival_rules.h"

#include <array>

#include "core/error.h"
#include "text_markers/survival_values.h"

namespace wardmark {
namespace {

using enum Drops;
using enum RuleScope;
namespace v = survival;

constexpr std::string_view kC4 = "C4, arXiv 1910.10683; datatrove c4_filters";
constexpr std::string_view kGopher = "Gopher, arXiv 2112.11446; datatrove gopher_quality_filter";
constexpr std::string_view kRepetition = "Gopher, arXiv 2112.11446, table A1; datatrove gopher_repetition_filter";
constexpr std::string_view kFineWeb = "FineWeb, arXiv 2406.17557; datatrove fineweb_quality_filter";
constexpr std::string_view kRefined = "RefinedWeb, arXiv 2306.01116; DCLM dclm_baseline_refinedweb";
constexpr std::string_view kExtract = "trafilatura settings and xpaths; resiliparse html2text";

constexpr std::array kRules{
    SurvivalRule{"X.mark", "sentences an HTML extractor drops", 0, above, document, kExtract, v::lost_marks},
    SurvivalRule{"X.TR.len", "characters that are extracted", 250, below, document, kExtract, v::characters},
    SurvivalRule{"C4.word", "lines with a word of above 1000 characters", 0, above, line, kC4, v::c4_long_word_lines},
    SurvivalRule{"C4.term", "lines without a final stop", 0, above, line, kC4, v::c4_open_lines},
    SurvivalRule{"C4.words", "lines of fewer than 3 words", 0, above, line, kC4, v::c4_short_lines},
    SurvivalRule{"C4.js", "lines that name javascript", 0, above, line, kC4, v::c4_script_lines},
    SurvivalRule{"C4.policy", "lines of terms and cookies", 0, above, line, kC4, v::c4_policy_lines},
    SurvivalRule{"C4.lorem", "lines with lorem ipsum", 0, above, document, kC4, v::c4_lorem},
    SurvivalRule{"C4.curly", "lines with a brace", 0, above, document, kC4, v::c4_curly},
    SurvivalRule{"C4.sents", "sentences in lines that stay", 5, below, document, kC4, v::c4_sentences},
    SurvivalRule{"C4.cite", "citation marks", 0, above, alter, kC4, v::c4_citations},
    SurvivalRule{"C4.bad", "bad words and phrases (LDNOOBW, English)", 0, above, document, kC4, v::c4_bad_words},
    SurvivalRule{"mC4.para", "lines of 200 characters or more", 3, below, document, "mC4, arXiv 2010.11934",
                 v::mc4_paragraphs},
    SurvivalRule{"GQ.words.min", "words", 50, below, document, kGopher, v::plain_words},
    SurvivalRule{"GQ.words.max", "words", 100000, above, document, kGopher, v::plain_words},
    SurvivalRule{"GQ.len.min", "mean letters of a word", 3, below, document, kGopher, v::mean_word_length},
    SurvivalRule{"GQ.len.max", "mean letters of a word", 10, above, document, kGopher, v::mean_word_length},
    SurvivalRule{"DO.len.min", "median letters of a word", 3, below, document, "Dolma taggers/gopher",
                 v::median_word_length},
    SurvivalRule{"DO.len.max", "median letters of a word", 10, above, document, "Dolma taggers/gopher",
                 v::median_word_length},
    SurvivalRule{"GQ.sym.hash", "number signs a word", 0.1, above, document, kGopher, v::hash_share},
    SurvivalRule{"GQ.sym.dots", "ellipses a word", 0.1, above, document, kGopher, v::ellipsis_share},
    SurvivalRule{"GQ.bullet", "share of lines that begin with a bullet", 0.9, above, document, kGopher,
                 v::bullet_lines},
    SurvivalRule{"GQ.ell", "share of lines that end with an ellipsis", 0.3, above, document, kGopher,
                 v::ellipsis_lines},
    SurvivalRule{"GQ.alpha", "share of words with a letter", 0.8, below, document, kGopher, v::lettered_words},
    SurvivalRule{"GQ.stop", "different stop words", 2, below, document, kGopher, v::stop_words},
    SurvivalRule{"GR.line", "share of lines that stood before", 0.3, above, document, kRepetition, v::repeated_lines},
    SurvivalRule{"GR.line.chars", "their share of characters", 0.2, above, document, kRepetition,
                 v::repeated_line_share},
    SurvivalRule{"GR.para", "share of paragraphs that stood before", 0.3, above, document, kRepetition,
                 v::repeated_paragraphs},
    SurvivalRule{"GR.para.chars", "their share of characters", 0.2, above, document, kRepetition,
                 v::repeated_paragraph_share},
    SurvivalRule{"GR.top2", "characters of the top 2-gram", 0.20, above, document, kRepetition, v::top_gram<2>},
    SurvivalRule{"GR.top3", "characters of the top 3-gram", 0.18, above, document, kRepetition, v::top_gram<3>},
    SurvivalRule{"GR.top4", "characters of the top 4-gram", 0.16, above, document, kRepetition, v::top_gram<4>},
    SurvivalRule{"GR.dup5", "characters in repeated 5-grams", 0.15, above, document, kRepetition, v::repeated_grams<5>},
    SurvivalRule{"GR.dup6", "characters in repeated 6-grams", 0.14, above, document, kRepetition, v::repeated_grams<6>},
    SurvivalRule{"GR.dup7", "characters in repeated 7-grams", 0.13, above, document, kRepetition, v::repeated_grams<7>},
    SurvivalRule{"GR.dup8", "characters in repeated 8-grams", 0.12, above, document, kRepetition, v::repeated_grams<8>},
    SurvivalRule{"GR.dup9", "characters in repeated 9-grams", 0.11, above, document, kRepetition, v::repeated_grams<9>},
    SurvivalRule{"GR.dup10", "characters in repeated 10-grams", 0.10, above, document, kRepetition,
                 v::repeated_grams<10>},
    SurvivalRule{"FW.punct", "share of lines with a final stop", 0.12, up_to, document, kFineWeb, v::punctuated_lines},
    SurvivalRule{"FW.short", "share of lines of up to 30 characters", 0.67, from, document, kFineWeb, v::short_lines},
    SurvivalRule{"FW.dup", "characters in lines that stood before", 0.01, from, document, kFineWeb,
                 v::repeated_line_characters},
    SurvivalRule{"FW.list", "line ends a word", 0.3, above, document, kFineWeb, v::line_ends_per_word},
    SurvivalRule{"RW.upper", "lines mostly of capitals", 0, above, line, kRefined, v::upper_lines},
    SurvivalRule{"RW.num", "lines that are a number", 0, above, line, kRefined, v::numeric_lines},
    SurvivalRule{"RW.count", "lines like '3 likes'", 0, above, line, kRefined, v::counter_lines},
    SurvivalRule{"RW.short", "lines of one word", 0, above, line, kRefined, v::one_word_lines},
    SurvivalRule{"RW.removed", "share of words in such lines", 0.05, above, document, kRefined, v::removed_words},
    SurvivalRule{"CC.len", "characters", 300, below, document, "CCNet, arXiv 1911.00359", v::characters},
    SurvivalRule{"PII.DT", "mail and network addresses", 0, above, alter, "datatrove formatters/pii", v::addresses},
    SurvivalRule{"PII.DO", "the same and US telephone numbers", 5, above, document, "Dolma taggers/pii",
                 v::personal_data},
};

constexpr std::array kUnsimulated{
    UnsimulatedRule{"LID", "language identification (fastText): a model that is not part of this program"},
    UnsimulatedRule{"CC.ppl", "perplexity under CCNet's 5-gram models: not part of this program"},
    UnsimulatedRule{"UNI", "unigram probability over peS2o's counts: not part of this program"},
    UnsimulatedRule{"DCLM", "DCLM's quality classifier: its effect on random words is not known"},
    UnsimulatedRule{"FineWeb-Edu", "educational quality classifier: its effect on random words is not known"},
    UnsimulatedRule{"TOX.DO", "Dolma's toxicity classifiers, by sentence: their effect is not known"},
};

}  // namespace

std::string_view name(RuleScope scope) {
  switch (scope) {
    case document:
      return "document";
    case line:
      return "line";
    case alter:
      return "alter";
  }
  broken_promise("rule scope");
}

bool SurvivalRule::drops_at(double found, double limit) const {
  switch (drops) {
    case above:
      return found > limit;
    case from:
      return found >= limit;
    case below:
      return found < limit;
    case up_to:
      return found <= limit;
  }
  broken_promise("comparison of a rule");
}

double SurvivalRule::margin(double found, double limit) const {
  return drops == above || drops == from ? limit - found : found - limit;
}

std::span<const SurvivalRule> survival_rules() { return kRules; }
std::span<const UnsimulatedRule> unsimulated_rules() { return kUnsimulated; }

}  // namespace wardmark
