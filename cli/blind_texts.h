#pragma once
#include <filesystem>
#include <vector>

#include "verify/text_journal.h"

namespace wardmark {

/// What an examiner of a language model gets: whole sets of sentences, every member in every context, in one shuffled
/// order. Which of a set was released is not in it (docs/formats.md, "Blind package"); whoever knows the released texts
/// can tell. Beginnings of released sentences are no part of it: they would tell.
/// Writes DIR, mode 0700. Error(output_exists) unless it is new or empty, (write_failed).
void write_blind_texts(const std::filesystem::path& folder, const std::vector<TextItem>& items);
/// True of such a folder.
bool is_blind_texts(const std::filesystem::path& folder);
/// Error(record_format) when damaged.
std::vector<TextItem> read_blind_texts(const std::filesystem::path& folder);

/// Hash of what an examiner was answered: of probe and journal, to be written down before the draw is opened.
/// Error(input_missing) where the examiner has not finished.
std::string examined_texts_hash(const std::filesystem::path& folder);

}  // namespace wardmark
