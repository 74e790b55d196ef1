#include "io/npy.h"

#include <algorithm>
#include <charconv>

#include "core/error.h"

namespace wardmark {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::uint64_t kCountLimit = std::uint64_t{1} << 48;
constexpr std::size_t kMostDimensions = 8;

[[noreturn]] void fail(const std::string& what) { throw Error(Code::read_failed, "not a .npy array: " + what); }

/// Reads the dictionary in the header: the three keys numpy writes, in any order, as Python literals.
class HeaderText {
 public:
  explicit HeaderText(std::string_view text) : rest_(text) {}

  void parse(NpyHeader& header) {
    expect('{');
    bool descr = false;
    bool order = false;
    bool shape = false;
    while (!take('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr" && !descr) {
        descr = true;
        type(header);
      } else if (key == "fortran_order" && !order) {
        order = true;
        header.fortran_order = boolean();
      } else if (key == "shape" && !shape) {
        shape = true;
        tuple(header.shape);
      } else {
        fail("unexpected or repeated key in the header");
      }
      if (!take(',') && !peek('}')) fail("the header is no dictionary");
    }
    if (!descr || !order || !shape) fail("the header lacks descr, fortran_order or shape");
    skip();
    if (!rest_.empty()) fail("text follows the header");
  }

 private:
  void skip() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\n' || rest_[0] == '\t')) rest_.remove_prefix(1);
  }
  bool peek(char c) {
    skip();
    return !rest_.empty() && rest_[0] == c;
  }
  bool take(char c) {
    if (!peek(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail(std::string("'") + c + "' is missing in the header");
  }
  bool take_word(std::string_view word) {
    skip();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  std::string quoted() {
    skip();
    const char quote = rest_.empty() ? ' ' : rest_[0];
    if (quote != '\'' && quote != '"') fail("a quoted text is missing in the header");
    const std::size_t end = rest_.find(quote, 1);
    if (end == std::string_view::npos) fail("a quote in the header is not closed");
    std::string text(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return text;
  }
  bool boolean() {
    if (take_word("True")) return true;
    if (take_word("False")) return false;
    fail("fortran_order is neither True nor False");
  }
  void tuple(std::vector<std::uint64_t>& shape) {
    expect('(');
    std::uint64_t product = 1;
    while (!take(')')) {
      skip();
      std::uint64_t n = 0;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), n);
      if (error != std::errc()) fail("a dimension is no number");
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      take_word("L");  // as Python 2 wrote it
      if (n >= kCountLimit || (n > 0 && product > kCountLimit / n)) fail("the shape is too large");
      if (n > 0) product *= n;  // a zero must not hide large neighbours
      shape.push_back(n);
      if (shape.size() > kMostDimensions) fail("more than 8 dimensions");
      if (!take(',') && !peek(')')) fail("the shape is no tuple");
    }
  }
  void type(NpyHeader& header) {
    if (peek('[') || peek('(')) throw Error(Code::read_failed, "records of several fields are not supported");
    const std::string text = quoted();
    if (text.find('O') != std::string::npos) {
      throw Error(Code::read_failed, "holds Python objects (type '" + text + "'), which are never loaded",
                  "save it as plain numbers: array.astype('uint8')");
    }
    const bool known = text.size() == 3 && std::string_view("<>|=").find(text[0]) != std::string_view::npos &&
                       std::string_view("uibf").find(text[1]) != std::string_view::npos &&
                       std::string_view("1248").find(text[2]) != std::string_view::npos;
    const std::size_t size = known ? static_cast<std::size_t>(text[2] - '0') : 0;
    if (!known || (text[1] == 'b' && size != 1) || (text[1] == 'f' && size == 1)) {
      throw Error(Code::read_failed, "the type '" + text.substr(0, 40) + "' is not supported");
    }
    header.kind = text[1];
    header.size = size;
    header.big_endian = text[0] == '>' && size > 1;
  }

  std::string_view rest_;
};

}  // namespace

std::uint64_t NpyHeader::count() const {
  std::uint64_t n = 1;
  for (const std::uint64_t d : shape) n *= d;
  return n;
}

bool NpyHeader::c_order() const {
  return !fortran_order || std::count_if(shape.begin(), shape.end(), [](std::uint64_t d) { return d > 1; }) <= 1;
}

std::string NpyHeader::shape_text() const {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

NpyHeader parse_npy_header(ByteView begin) {
  const std::string_view text = text_of(begin);
  if (!text.starts_with(kMagic) || begin.size() < 10) fail("the first bytes are not those of numpy");
  const int major = begin[6];
  if (major < 1 || major > 3 || begin[7] != 0) {
    fail("version " + std::to_string(major) + "." + std::to_string(begin[7]) + " is not known");
  }
  const std::size_t start = major == 1 ? 10 : 12;
  if (begin.size() < start) fail("the header is cut short");
  std::size_t length = begin[8] | std::size_t{begin[9]} << 8;
  if (major > 1) length |= std::size_t{begin[10]} << 16 | std::size_t{begin[11]} << 24;
  if (length > kNpyHeaderLimit) fail("a header of " + std::to_string(length) + " bytes");
  if (length > begin.size() - start) fail("the header is cut short");
  NpyHeader header;
  HeaderText(text.substr(start, length)).parse(header);
  header.data_offset = start + length;
  return header;
}

std::int64_t npy_integer(const NpyHeader& header, ByteView data, std::uint64_t i) {
  const std::uint8_t* p = data.data() + i * header.size;
  std::uint64_t value = 0;
  for (std::size_t k = 0; k < header.size; ++k) {
    value = value << 8 | p[header.big_endian ? k : header.size - 1 - k];
  }
  const auto unused = static_cast<int>(64 - 8 * header.size);
  if (header.kind == 'i' && unused > 0) return static_cast<std::int64_t>(value << unused) >> unused;
  return static_cast<std::int64_t>(value);
}

}  // namespace wardmark
