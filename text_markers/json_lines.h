#pragma once
#include "text_markers/text_format.h"

namespace wardmark {

/// The text field of every line, an object each, by simdjson. A line that is no valid object, lacks the field, or holds
/// no string there is a record with a fault. Blank lines are skipped. `file` is UTF-8; memory: one copy of the longest
/// line.
void json_records(std::string_view file, const FieldNames& names, const std::function<void(const Record&)>& sink);

/// The same of a file that is one object or a list of objects; where anything in it is broken, one fault.
void json_file_records(std::string_view file, const FieldNames& names, const std::function<void(const Record&)>& sink);

/// Between the quotes of a valid JSON string.
std::string json_decode(std::string_view stored);
std::size_t json_stored_offset(std::string_view stored, std::size_t offset);
std::string json_encode(std::string_view text);

}  // namespace wardmark
