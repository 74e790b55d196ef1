#pragma once
#include <functional>
#include <string_view>

#include "text_markers/text_format.h"

namespace wardmark {

/// Rows of comma-separated values (RFC 4180: quotes, doubled quotes, line ends inside quotes; ';' where the first line
/// holds more of it than commas). The first row names the columns; FieldNames::text may also be a column's number, from
/// 1, of a table without such a row. Rows with another number of fields than the first and unclosed quotes are faults.
void csv_records(std::string_view file, const FieldNames& names, const std::function<void(const Record&)>& sink);
/// The same of tab-separated values. Some programs quote there as RFC 4180 says (Python's csv, spreadsheets), for
/// others a quote is a character and a row a line: the reading that finds fewer rows broken is taken, quoting where
/// both fit. Cost: up to three passes over the file.
void tsv_records(std::string_view file, const FieldNames& names, const std::function<void(const Record&)>& sink);

}  // namespace wardmark
