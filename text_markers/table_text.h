#pragma once
#include <functional>
#include <string_view>

#include "text_markers/text_format.h"

namespace wardmark {

/// Rows of comma-separated values (RFC 4180: quotes, doubled quotes, line ends inside quotes; ';' where the first line
/// holds more of it than commas). The first row names the columns; FieldNames::text may also be a column's number, from
/// 1, of a table without such a row. Rows with another number of fields than the first and unclosed quotes are faults.
void csv_records(std::string_view file, const FieldNames& names, const std::function<void(const Record&)>& sink);
/// The same of tab-separated values, where a quote is a character like others and a row is a line.
void tsv_records(std::string_view file, const FieldNames& names, const std::function<void(const Record&)>& sink);

}  // namespace wardmark
