#include "io/npy.h"

#include "tests/io/npy_text.h"
#include "tests/io/scratch.h"

using namespace wardmark;

namespace {

NpyHeader parse(const std::string& file) { return parse_npy_header(bytes_of(file)); }
std::string refused(const std::string& file) {
  return refusal(Code::read_failed, [&] { parse(file); });
}
std::string dictionary(const std::string& text) { return npy_file(text, ""); }

}  // namespace

TEST_CASE("headers of all three versions") {
  for (const int version : {1, 2, 3}) {
    const NpyHeader header =
        parse(npy_file("{'descr': '<u2', 'fortran_order': False, 'shape': (2, 3, 4), }", "data", version));
    CHECK(header.kind == 'u');
    CHECK(header.size == 2);
    CHECK_FALSE(header.big_endian);
    CHECK(header.shape == std::vector<std::uint64_t>{2, 3, 4});
    CHECK(header.count() == 24);
    CHECK(header.data_bytes() == 48);
    CHECK(header.data_offset % 64 == 0);
    CHECK(header.shape_text() == "(2, 3, 4)");
  }
}

TEST_CASE("headers written in other ways") {
  CHECK(parse(dictionary("{'shape':(5,),'fortran_order':True,'descr':'|u1'}")).c_order());
  CHECK(parse(dictionary("{\"descr\": \"|b1\", \"fortran_order\": False, \"shape\": ()}")).count() == 1);
  CHECK(parse(dictionary("{'descr': '>i8', 'fortran_order': False, 'shape': (7L, 1L)}")).big_endian);
  CHECK_FALSE(parse(dictionary("{'descr': '<i8', 'fortran_order': True, 'shape': (7, 2)}")).c_order());
  CHECK(parse(dictionary("{'descr': '<i8', 'fortran_order': False, 'shape': (0, 2)}")).count() == 0);
}

TEST_CASE("damaged and hostile headers") {
  const std::string good = dictionary("{'descr': '|u1', 'fortran_order': False, 'shape': (3,)}");
  CHECK_NOTHROW(parse(good));
  for (std::size_t n = 0; n < good.size(); ++n) refused(good.substr(0, n));
  CHECK(contains(refused(dictionary("{'descr': '|O', 'fortran_order': False, 'shape': (3,)}")), "Python objects"));
  CHECK(contains(refused(dictionary("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()}")), "fields"));
  CHECK(contains(refused(dictionary("{'descr': '<c8', 'fortran_order': False, 'shape': ()}")), "'<c8'"));
  CHECK(contains(refused(dictionary("{'descr': '<u3', 'fortran_order': False, 'shape': ()}")), "'<u3'"));
  CHECK(contains(refused(dictionary("{'descr': '|u1', 'fortran_order': False}")), "lacks"));
  CHECK(contains(refused(dictionary("{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': ()}")),
                 "repeated"));
  CHECK(contains(refused(dictionary("{'descr': '|u1', 'fortran_order': 0, 'shape': ()}")), "True"));
  CHECK(contains(refused(dictionary("{'descr': '|u1', 'fortran_order': False, 'shape': (-1,)}")), "no number"));
  const std::string huge = "{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296)}";
  CHECK(contains(refused(dictionary(huge)), "too large"));
  const std::string hidden = "{'descr': '|u1', 'fortran_order': False, 'shape': (0, 4294967296, 4294967296)}";
  CHECK(contains(refused(dictionary(hidden)), "too large"));
  const std::string many = "{'descr': '|u1', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}";
  CHECK(contains(refused(dictionary(many)), "8 dimensions"));
  CHECK(contains(refused(npy_file("{}", "", 4)), "version 4.0"));
  CHECK(contains(refused(dictionary("{'descr': '|u1', 'fortran_order': False, 'shape': ()} x")), "follows"));
}

TEST_CASE("integers of every width and order") {
  NpyHeader header;
  const std::string bytes = "\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
  header.kind = 'i';
  for (const std::size_t size : {1u, 2u, 4u, 8u}) {
    header.size = size;
    CHECK(npy_integer(header, bytes_of(bytes), 0) == -2);
  }
  header.size = 2;
  CHECK(npy_integer(header, bytes_of(bytes), 1) == -1);
  header.big_endian = true;
  CHECK(npy_integer(header, bytes_of(bytes), 0) == -257);
  header.kind = 'u';
  CHECK(npy_integer(header, bytes_of(bytes), 0) == 0xFEFF);
}
