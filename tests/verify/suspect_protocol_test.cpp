#include "verify/suspect_protocol.h"

#include <doctest/doctest.h>

#include <functional>

#include "core/error.h"

using namespace wardmark;

namespace {

std::string said(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    CHECK((error.code() == Code::suspect_reply || error.code() == Code::suspect_failed));
    return error.what();
  }
  return "nothing";
}

std::string hello(const std::string& rest) {
  return R"({"wardmark":"hello","version":1,"height":32,"width":32,)" + rest + "}";
}

}  // namespace

TEST_CASE("both ends understand each other") {
  const SuspectHello mine{"m", 32, 24, 3, {"cat", "dog"}, 100};
  const SuspectHello read = parse_hello(hello_reply(mine));
  CHECK(read.name == "m");
  CHECK(read.height == 32);
  CHECK(read.width == 24);
  CHECK(read.channels == 3);
  CHECK(read.labels == mine.labels);
  CHECK(read.batch == 100);
  const SuspectRequest request = parse_request(classify_request(7, 3, "/tmp/x y"));
  CHECK(request.kind == SuspectRequest::Kind::classify);
  CHECK(request.id == 7);
  CHECK(request.count == 3);
  CHECK(request.file == "/tmp/x y");
  CHECK(parse_request(hello_request()).kind == SuspectRequest::Kind::hello);
  CHECK(parse_request(bye_request()).kind == SuspectRequest::Kind::bye);
  CHECK(parse_answers(answers_reply(7, {1, 0, 1}), 7, 3, 2) == std::vector<std::uint32_t>{1, 0, 1});
}

TEST_CASE("replies that are none") {
  for (const char* rest : {R"("channels":3)", R"("channels":2,"labels":["a","b"])", R"("channels":3,"labels":["a"])",
                           R"("channels":3,"labels":["a","a"])", R"("channels":3,"labels":["a",1])",
                           R"("channels":3.5,"labels":["a","b"])", R"("channels":3,"labels":["a","b"],"batch":0)"}) {
    CHECK(said([&] { parse_hello(hello(rest)); }) != "nothing");
  }
  CHECK(said([] { parse_hello("garbage"); }) == "suspect: its reply is no JSON object: garbage");
  CHECK(said([] { parse_hello(R"({"wardmark":"hello","version":2})"); }) == "suspect: version is 2, not 1 to 1");
  CHECK(said([] { parse_hello(R"({"wardmark":"error","text":"no memory"})"); }) == "suspect: it reports: no memory");
  const auto answers = [](const char* line) { return said([&] { parse_answers(line, 1, 2, 3); }); };
  CHECK(answers(R"({"wardmark":"answers","id":1,"labels":[0]})") == "suspect: 1 answers to 2 pictures");
  CHECK(answers(R"({"wardmark":"answers","id":2,"labels":[0,1]})") == "suspect: its answer is to another request");
  CHECK(answers(R"({"wardmark":"answers","id":1,"labels":[0,3]})") == "suspect: an answer is no class from 0 to 2: 3");
  CHECK(answers(R"({"wardmark":"answers","id":1,"labels":[0,-1]})") != "nothing");
  CHECK(answers(R"({"wardmark":"answers","id":1,"labels":[0,null]})") != "nothing");
  CHECK(answers(R"({"wardmark":"answers","id":1,"labels":[0,1.5]})") != "nothing");
  CHECK(answers(R"({"wardmark":"answers","id":1,"labels":"01"})") != "nothing");
  CHECK(answers(R"([])") != "nothing");
}
