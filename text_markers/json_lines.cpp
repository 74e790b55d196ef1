#include "text_markers/json_lines.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>

namespace wardmark {
namespace {

namespace ondemand = simdjson::ondemand;

/// As it is written, a string without its quotes.
std::string plain_value(ondemand::value value) {
  std::string_view text = simdjson::to_json_string(value);
  if (text.size() >= 2 && text.front() == '"') text = text.substr(1, text.rfind('"') - 1);
  return std::string(text);
}

/// Looks at every field, so that a line broken behind the text field is found too.
void read_fields(ondemand::object object, const FieldNames& names, const char* line, Record& record) {
  bool found = false;
  record.values.resize(names.others.size());
  for (auto field : object) {
    const std::string_view key = field.unescaped_key();
    if (key == names.text && !found) {
      found = true;
      ondemand::value value = field.value();
      if (value.type() != ondemand::json_type::string) {
        record.fault = "field '" + names.text + "' is no text";
        continue;
      }
      const std::string_view token = value.raw_json_token();
      const auto begin = static_cast<std::size_t>(token.data() - line);
      [[maybe_unused]] const std::string_view checked = value.get_string();
      record.begin += begin + 1;
      record.end = record.begin + token.substr(1).rfind('"');
    } else if (!names.id.empty() && key == names.id) {
      record.id = plain_value(field.value());
    } else if (const auto other = std::ranges::find(names.others, key); other != names.others.end()) {
      record.values[static_cast<std::size_t>(other - names.others.begin())] = plain_value(field.value());
    } else {
      [[maybe_unused]] const std::string_view skipped = simdjson::to_json_string(field.value());
    }
  }
  if (!found) record.fault = "no field '" + names.text + "'";
  if (!names.id.empty() && record.id.empty() && record.fault.empty()) record.fault = "no field '" + names.id + "'";
}

int hex_value(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

unsigned code_unit(std::string_view digits) {
  unsigned value = 0;
  for (const char c : digits.substr(0, 4)) value = value << 4 | static_cast<unsigned>(hex_value(c));
  return value;
}

void append_utf8(std::string& text, unsigned code) {
  const auto put = [&](unsigned byte) { text.push_back(static_cast<char>(byte)); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | code >> 6);
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

/// Appends the character at `at` to `text` and returns the offset behind it.
std::size_t decode_one(std::string_view stored, std::size_t at, std::string& text) {
  if (stored[at] != '\\' || at + 1 >= stored.size()) {
    text.push_back(stored[at]);
    return at + 1;
  }
  constexpr std::string_view kLetters = "bfnrt";
  constexpr std::string_view kMeanings = "\b\f\n\r\t";
  const char letter = stored[at + 1];
  if (letter != 'u' || at + 6 > stored.size()) {
    const std::size_t known = kLetters.find(letter);
    text.push_back(known == std::string_view::npos ? letter : kMeanings[known]);
    return at + 2;
  }
  unsigned code = code_unit(stored.substr(at + 2));
  std::size_t behind = at + 6;
  const bool pair = code >= 0xD800 && code < 0xDC00 && behind + 6 <= stored.size() && stored[behind] == '\\';
  if (pair) {
    code = 0x10000 + ((code - 0xD800) << 10) + (code_unit(stored.substr(behind + 2)) - 0xDC00);
    behind += 6;
  }
  append_utf8(text, code);
  return behind;
}

}  // namespace

void json_records(std::string_view file, const FieldNames& names, const std::function<void(const Record&)>& sink) {
  ondemand::parser parser;
  std::string padded;
  std::size_t number = names.lines_before;
  for (std::size_t at = 0; at < file.size();) {
    const std::size_t end = std::min(file.find('\n', at), file.size());
    std::string_view line = file.substr(at, end - at);
    Record record;
    record.line = ++number;
    record.begin = at;
    at = end + 1;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const char* start = line.data();
    if (end + simdjson::SIMDJSON_PADDING > file.size()) {
      padded.assign(line);
      padded.append(simdjson::SIMDJSON_PADDING, ' ');
      start = padded.data();
    }
    try {
      ondemand::document document =
          parser.iterate(simdjson::padded_string_view(start, line.size(), line.size() + simdjson::SIMDJSON_PADDING));
      read_fields(document.get_object(), names, start, record);
    } catch (const simdjson::simdjson_error& error) {
      record.fault = std::string("not a JSON object: ") + error.what();
    }
    sink(record);
  }
}

void json_file_records(std::string_view file, const FieldNames& names, const std::function<void(const Record&)>& sink) {
  std::vector<Record> records;
  try {
    const simdjson::padded_string padded(file);
    simdjson::dom::parser whole;
    const bool list = whole.parse(padded).is_array();  // looks at every byte, which the records alone would not
    ondemand::parser parser;
    ondemand::document document = parser.iterate(padded);
    const auto take = [&](ondemand::object object) {
      Record record;
      record.line = records.size() + 1;
      read_fields(object, names, padded.data(), record);
      records.push_back(std::move(record));
    };
    if (!list) {
      take(document.get_object());
    } else {
      for (ondemand::value value : document.get_array()) take(value.get_object());
    }
  } catch (const simdjson::simdjson_error& error) {
    records.assign(1, Record{});
    records[0].line = 1;
    records[0].fault = std::string("neither a JSON object nor a list of objects: ") + error.what();
  }
  for (const Record& record : records) sink(record);
}

std::string json_decode(std::string_view stored) {
  std::string text;
  text.reserve(stored.size());
  for (std::size_t at = 0; at < stored.size();) {
    const std::size_t plain = std::min(stored.find('\\', at), stored.size());
    text.append(stored, at, plain - at);
    at = plain < stored.size() ? decode_one(stored, plain, text) : plain;
  }
  return text;
}

std::size_t json_stored_offset(std::string_view stored, std::size_t offset) {
  std::string one;
  std::size_t at = 0;
  std::size_t decoded = 0;
  while (at < stored.size() && decoded < offset) {
    const std::size_t plain = std::min({stored.find('\\', at), stored.size(), at + (offset - decoded)}) - at;
    at += plain;
    decoded += plain;
    if (decoded == offset || at == stored.size()) break;
    one.clear();
    at = decode_one(stored, at, one);
    decoded += one.size();
  }
  return at;
}

std::string json_encode(std::string_view text) {
  std::string stored;
  for (const char c : text) {
    if (c == '"' || c == '\\') stored += '\\';
    stored += c;
  }
  return stored;
}

}  // namespace wardmark
