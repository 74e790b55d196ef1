#include "verify/suspect_protocol.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>

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

TEST_CASE("scores are logarithms of probabilities") {
  CHECK_FALSE(parse_hello(hello(R"("channels":3,"labels":["a","b"])")).scores);
  CHECK(parse_hello(hello(R"("channels":3,"labels":["a","b"],"access":["labels","scores"])")).scores);
  CHECK(parse_hello(hello_reply({"m", 32, 24, 3, {"cat", "dog"}, 100, true})).scores);
  CHECK(said([] { parse_hello(hello(R"("channels":3,"labels":["a","b"],"access":["scores"])")); }) != "nothing");
  CHECK(said([] { parse_hello(hello(R"("channels":3,"labels":["a","b"],"access":"scores")")); }) != "nothing");
  CHECK(parse_request(score_request(7, 3, "/tmp/x y")).kind == SuspectRequest::Kind::score);
  const float never = -std::numeric_limits<float>::infinity();
  const std::vector<float> mine = {std::log(0.25f), std::log(0.75f), 0.0f, never};
  const std::vector<float> read = parse_scores(scores_reply(7, mine, 2), 7, 2, 2);
  CHECK(read == std::vector<float>{mine[0], mine[1], 0.0f, kLeastScore});
  const auto scores = [](const char* rows) {
    return said([&] { parse_scores(R"({"wardmark":"scores","id":1,"scores":)" + std::string(rows) + "}", 1, 2, 2); });
  };
  CHECK(scores("[[-0.693147,-0.693147],[-0.105361,-2.302585]]") == "nothing");
  CHECK(scores("[[-0.693147,-0.693147]]") == "suspect: 1 answers to 2 pictures");
  CHECK(scores("[[-0.693147,-0.693147],[-0.1]]") == "suspect: the scores of a picture are no list of 2");
  CHECK(scores("[[-0.693147,-0.693147],[0.5,0.5]]") == "suspect: a score is no logarithm of a probability: 0.5");
  CHECK(scores("[[-0.693147,-0.693147],[-0.1,-0.1]]") ==
        "suspect: the probabilities of a picture sum to 1.81, not to 1");
  CHECK(scores("[[-0.693147,-0.693147],[null,-0.1]]") != "nothing");
  CHECK(scores("[[-0.693147,-0.693147],[NaN,-0.1]]") != "nothing");
  CHECK(scores("[[-0.693147,-0.693147],[-1e999,0]]") != "nothing");
  CHECK(scores("5") == "suspect: scores is no list");
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
