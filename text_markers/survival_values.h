#pragma once
#include "text_markers/filter_text.h"

/// The values of the survival rules (survival_rules.h), each a pure function of the text. Where a filter divides by
/// the number of words, lines or characters and there is none, the value is 0.
namespace wardmark::survival {

// C4 (c4_values.cpp): lines that are removed, by the first rule of C4's order that removes them.
double c4_long_word_lines(const FilterText& text);
double c4_open_lines(const FilterText& text);
double c4_short_lines(const FilterText& text);
double c4_script_lines(const FilterText& text);
double c4_policy_lines(const FilterText& text);
double c4_lorem(const FilterText& text);
double c4_curly(const FilterText& text);
double c4_sentences(const FilterText& text);
double c4_citations(const FilterText& text);
double c4_bad_words(const FilterText& text);
double mc4_paragraphs(const FilterText& text);

// Gopher, FineWeb, RefinedWeb, CCNet, personal data (quality_values.cpp).
double plain_words(const FilterText& text);
double mean_word_length(const FilterText& text);
double median_word_length(const FilterText& text);
double hash_share(const FilterText& text);
double ellipsis_share(const FilterText& text);
double bullet_lines(const FilterText& text);
double ellipsis_lines(const FilterText& text);
double lettered_words(const FilterText& text);
double stop_words(const FilterText& text);
double punctuated_lines(const FilterText& text);
double short_lines(const FilterText& text);
double repeated_line_characters(const FilterText& text);
double line_ends_per_word(const FilterText& text);
double upper_lines(const FilterText& text);
double numeric_lines(const FilterText& text);
double counter_lines(const FilterText& text);
double one_word_lines(const FilterText& text);
double removed_words(const FilterText& text);
double characters(const FilterText& text);
double addresses(const FilterText& text);
double personal_data(const FilterText& text);
double lost_marks(const FilterText& text);

// Gopher's repetition (repetition_values.cpp).
double repeated_lines(const FilterText& text);
double repeated_line_share(const FilterText& text);
double repeated_paragraphs(const FilterText& text);
double repeated_paragraph_share(const FilterText& text);
/// Characters of the most frequent n-gram, of all its copies.
template <int n>
double top_gram(const FilterText& text);
/// Characters in n-grams that stood before.
template <int n>
double repeated_grams(const FilterText& text);

}  // namespace wardmark::survival
